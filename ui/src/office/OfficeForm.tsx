import { type OfficeChange, RETENTION, THRESHOLDS } from '../api/office';
import { Line } from '../forms/Line';
import { Telling } from '../forms/Outcome';
import styles from '../forms/parts.module.css';
import { useSpeech } from '../i18n/language';
import { numberOf, OfficeFields, type OfficeState } from './OfficeFields';

/** Thresholds, how long what is kept, and where links in messages lead. */
export function OfficeForm(state: OfficeState) {
	const { t } = useSpeech();
	const { settings } = state;
	return (
		<OfficeFields {...state} testId="office-form" changeOf={changeOf}>
			{(fault) => (
				<>
					{THRESHOLDS.map((name) => (
						<NumberLine key={name} name={name} value={settings.thresholds[name]} fault={fault(`thresholds.${name}`)} />
					))}
					{RETENTION.map((name) => (
						<NumberLine key={name} name={name} value={settings.retention[name]} fault={fault(`retention.${name}`)} />
					))}
					<Line
						name="publicUrl"
						type="text"
						inputMode="url"
						label={t('office.publicUrl')}
						hint={t('office.publicUrlHint')}
						defaultValue={settings.publicUrl}
						wide
						fault={fault('publicUrl')}
					/>
					{settings.linksLost && (
						<div className={styles.line} data-wide="">
							<Telling kind="warning" testId="links-lost">
								{t(settings.publicUrl === '' ? 'office.linksUnset' : 'office.linksLost')}
							</Telling>
						</div>
					)}
				</>
			)}
		</OfficeFields>
	);
}

interface NumberLineProps {
	readonly name: (typeof THRESHOLDS)[number] | (typeof RETENTION)[number];
	readonly value: number | null;
	readonly fault: string | undefined;
}

function NumberLine({ name, value, fault }: NumberLineProps) {
	const { t, format } = useSpeech();
	return (
		<Line
			name={name}
			type="text"
			inputMode="decimal"
			label={t(`office.${name}`)}
			defaultValue={value === null ? '' : format.plain(value)}
			required
			fault={fault}
		/>
	);
}

function changeOf(value: (name: string) => string): OfficeChange {
	const numbers = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, numberOf(value(name))]));
	return { thresholds: numbers(THRESHOLDS), retention: numbers(RETENTION), publicUrl: value('publicUrl').trim() };
}
