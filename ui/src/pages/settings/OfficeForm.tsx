import { Save } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { ApiError } from '../../api/http';
import {
	CAPTURE_MODES,
	type CaptureMode,
	changeOffice,
	type OfficeChange,
	type OfficeSettings,
	RETENTION,
	THRESHOLDS,
} from '../../api/office';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { filled } from '../login/Field';
import { Line } from './Line';
import { Failure, Telling, useFocusOnFault } from './Outcome';
import styles from './parts.module.css';
import { useSending } from './sending';

interface OfficeFormProps {
	readonly settings: OfficeSettings;
	readonly onSaved: (settings: OfficeSettings) => void;
	/** The present state is asked for. */
	readonly onStale: () => void;
}

export function OfficeForm({ settings, onSaved, onStale }: OfficeFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const [capture, setCapture] = useState(settings.capture);
	const [saved, setSaved] = useState(false);
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const wrong = wrongFields(error);
	const fault = (name: string) => (wrong.has(name) ? t('office.wrong') : undefined);

	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const change = changeOf(filled(event.currentTarget), settings);
		setSaved(false);
		void send(async () => {
			onSaved(await changeOffice(http, change, settings.version));
			setSaved(true);
		});
	};
	return (
		<form ref={form} className={styles.fields} data-testid="office-form" onSubmit={submit}>
			{THRESHOLDS.map((name) => (
				<NumberLine key={name} name={name} label={t(`office.${name}`)} value={settings.thresholds[name]} fault={fault(name)} />
			))}
			{RETENTION.map((name) => (
				<NumberLine key={name} name={name} label={t(`office.${name}`)} value={settings.retention[name]} fault={fault(name)} />
			))}
			<CaptureChoice mode={capture} onChange={setCapture} />
			{capture === 'full' && (
				<Line
					name="captureReason"
					label={t('office.captureReason')}
					hint={t('office.captureReasonHint')}
					defaultValue={settings.captureReason}
					required
					wide
					fault={fault('reason')}
				/>
			)}
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
			<div className={styles.stack} data-wide="">
				<Failure error={error}>
					{error instanceof ApiError && error.status === 412 && (
						<button type="button" className={controls.button} onClick={onStale}>
							{t('settings.reload')}
						</button>
					)}
				</Failure>
				<div role="status">{saved && error === null && <Telling testId="office-saved">{t('settings.saved')}</Telling>}</div>
				<div className={styles.actions}>
					<button type="submit" className={`${controls.button} ${controls.primary}`} disabled={working}>
						<Save size={16} aria-hidden="true" />
						{t('act.save')}
					</button>
				</div>
			</div>
		</form>
	);
}

interface NumberLineProps {
	readonly name: string;
	readonly label: string;
	readonly value: number | null;
	readonly fault: string | undefined;
}

function NumberLine({ name, label, value, fault }: NumberLineProps) {
	return (
		<Line
			name={name}
			type="text"
			inputMode="numeric"
			label={label}
			defaultValue={value === null ? '' : String(value)}
			required
			fault={fault}
		/>
	);
}

interface CaptureChoiceProps {
	readonly mode: CaptureMode;
	readonly onChange: (mode: CaptureMode) => void;
}

function CaptureChoice({ mode, onChange }: CaptureChoiceProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<div className={styles.line} data-wide="">
			<label htmlFor={id}>{t('office.capture')}</label>
			<select
				id={id}
				name="capture"
				className={controls.input}
				value={mode}
				onChange={(event) => onChange(CAPTURE_MODES.find((one) => one === event.target.value) ?? mode)}
			>
				{CAPTURE_MODES.map((one) => (
					<option key={one} value={one}>
						{t(`office.capture.${one}`)}
					</option>
				))}
			</select>
		</div>
	);
}

/** What was filled in. The capture stays out when it did not change, so that the end of "full" does not move. */
function changeOf(value: (name: string) => string, present: OfficeSettings): OfficeChange {
	const numbers = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, Number(value(name).trim())]));
	const mode = CAPTURE_MODES.find((one) => one === value('capture')) ?? present.capture;
	const reason = value('captureReason').trim();
	return {
		thresholds: numbers(THRESHOLDS),
		retention: numbers(RETENTION),
		publicUrl: value('publicUrl').trim(),
		...(mode === present.capture && reason === present.captureReason
			? {}
			: { capture: { stepData: mode, ...(mode === 'full' ? { reason } : {}) } }),
	};
}

/** The last names of the fields that the server found wrong. */
function wrongFields(error: unknown): ReadonlySet<string> {
	if (!(error instanceof ApiError)) return new Set();
	return new Set(error.fields.map(({ location }) => location.split('.').at(-1) ?? ''));
}
