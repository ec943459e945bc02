import { useSpeech } from '../i18n/language';
import { Line } from './Line';
import { Telling } from './Outcome';
import styles from './parts.module.css';

interface SecretProps {
	readonly name: string;
	readonly label: string;
	/** What the tick says that takes it away. */
	readonly removal: string;
	/** One is stored. */
	readonly stored: boolean;
	/** It is stored and cannot be opened. */
	readonly missing: boolean;
	readonly fault: string | undefined;
}

/** A secret to write, never shown again; where one is stored, a tick takes it away. */
export function Secret({ name, label, removal, stored, missing, fault }: SecretProps) {
	const { t } = useSpeech();
	return (
		<>
			{missing && (
				<div className={styles.line} data-wide="">
					<Telling kind="bad" testId="secret-missing">
						{t('office.secretMissing')}
					</Telling>
				</div>
			)}
			<Line
				name={name}
				type="password"
				label={label}
				hint={t(stored ? 'office.secretKept' : 'office.secretNone')}
				autoComplete="new-password"
				fault={fault}
			/>
			{stored && (
				<label className={styles.choice}>
					<input type="checkbox" name={`${name}Gone`} value="on" />
					<span>{removal}</span>
				</label>
			)}
		</>
	);
}

/** What is to be sent of a secret: nothing where none was written. */
export function secretChange(name: string, value: (name: string) => string): Record<string, string | null> {
	const written = value(name);
	if (written !== '') return { [name]: written };
	return value(`${name}Gone`) === '' ? {} : { [name]: null };
}
