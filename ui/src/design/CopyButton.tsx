import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from '../app/clipboard';
import { useSpeech } from '../i18n/language';
import styles from './CopyButton.module.css';
import controls from './controls.module.css';

/** How long the outcome is shown, in ms. */
const OUTCOME_MS = 3_000;

interface CopyButtonProps {
	readonly label: string;
	readonly text: () => string;
	/** Only the icon is drawn; the label is for screen readers and as a hint. */
	readonly small?: boolean;
	readonly testId?: string;
}

/** Puts a text on the clipboard and says whether that worked. */
export function CopyButton({ label, text, small = false, testId }: CopyButtonProps) {
	const { t } = useSpeech();
	const [outcome, setOutcome] = useState<'copied' | 'copyFailed' | null>(null);
	useEffect(() => {
		if (outcome === null) return;
		const timer = setTimeout(() => setOutcome(null), OUTCOME_MS);
		return () => clearTimeout(timer);
	}, [outcome]);
	const Icon = outcome === 'copied' ? Check : outcome === 'copyFailed' ? TriangleAlert : Copy;
	return (
		<span className={styles.copy}>
			<button
				type="button"
				className={small ? `${controls.button} ${controls.plain} ${styles.small}` : controls.button}
				title={small ? label : undefined}
				onClick={async () => setOutcome((await copyText(text())) ? 'copied' : 'copyFailed')}
				{...(testId === undefined ? {} : { 'data-testid': testId })}
			>
				<Icon size={small ? 14 : 15} aria-hidden="true" />
				<span className={small ? 'visually-hidden' : undefined}>{label}</span>
			</button>
			<span role="status" className={styles.outcome} data-outcome={outcome ?? ''}>
				{outcome !== null && t(`exec.${outcome}`)}
			</span>
		</span>
	);
}
