import { type LucideIcon, TriangleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { ActionButton } from '../app/ActionButton';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import { Failure } from './Outcome';
import styles from './parts.module.css';
import { useSending } from './sending';

interface ConfirmProps {
	/** What the button that asks says. */
	readonly label: string;
	readonly icon: LucideIcon;
	/** The question, with what follows from it. */
	readonly question: string;
	/** What the button that does it says. */
	readonly action: string;
	readonly testId: string;
	readonly work: () => Promise<unknown>;
	readonly plain?: boolean;
}

/** A button for what cannot be undone: it asks in the page first. */
export function Confirm({ label, icon: Icon, question, action, testId, work, plain = false }: ConfirmProps) {
	const { t } = useSpeech();
	const [asking, setAsking] = useState(false);
	const { working, error, send, reset } = useSending();
	const opener = useRef<HTMLButtonElement>(null);
	const answer = useRef<HTMLButtonElement>(null);
	const questionId = useId();
	useEffect(() => {
		if (asking) answer.current?.focus();
	}, [asking]);

	const leave = () => {
		setAsking(false);
		reset();
		// The opener is drawn again first.
		setTimeout(() => opener.current?.focus());
	};
	if (!asking) {
		return (
			<button
				ref={opener}
				type="button"
				className={`${controls.button} ${plain ? controls.plain : ''} ${styles.danger}`}
				data-testid={testId}
				onClick={() => setAsking(true)}
			>
				<Icon size={15} aria-hidden="true" />
				{label}
			</button>
		);
	}
	return (
		<fieldset className={`${styles.group} ${styles.confirm}`} aria-labelledby={questionId}>
			<p id={questionId}>
				<TriangleAlert size={16} aria-hidden="true" className={styles.inline} /> {question}
			</p>
			<div className={styles.actions}>
				<button ref={answer} type="button" className={controls.button} disabled={working} onClick={leave}>
					{t('act.cancel')}
				</button>
				<ActionButton
					className={`${controls.button} ${styles.danger}`}
					working={working}
					data-testid={`${testId}-confirm`}
					onClick={async () => {
						if (await send(work)) setAsking(false);
					}}
				>
					<Icon size={15} aria-hidden="true" />
					{action}
				</ActionButton>
			</div>
			<Failure error={error} />
		</fieldset>
	);
}
