import { CopyButton } from '../../design/CopyButton';
import { TextBox } from '../../design/TextBox';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

interface CodeBoxProps {
	/** What it is, as in "PowerShell". */
	readonly label: string;
	readonly code: string;
}

/** Something to paste elsewhere, with a button that copies it. */
export function CodeBox({ label, code }: CodeBoxProps) {
	const { t } = useSpeech();
	return (
		<div className={styles.line}>
			<div className={styles.bar}>
				<span className={styles.hint}>{label}</span>
				<CopyButton small label={t('integrations.copy')} text={() => code} testId="guide-copy" />
			</div>
			<TextBox label={label}>{code}</TextBox>
		</div>
	);
}
