import { Save } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError } from '../api/http';
import { changeOffice, type OfficeChange, type OfficeSettings } from '../api/office';
import { useSignal } from '../app/hooks';
import { useServices } from '../app/services';
import { filled } from '../forms/filled';
import { Failure, Telling, useFocusOnFault } from '../forms/Outcome';
import styles from '../forms/parts.module.css';
import { SubmitRow } from '../forms/SubmitRow';
import { addressFault, useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import type { Translate } from '../i18n/translate';

/** The settings that a form starts from, and what becomes of them. */
export interface OfficeState {
	readonly settings: OfficeSettings;
	readonly onSaved: (settings: OfficeSettings) => void;
	/** The present state is asked for. */
	readonly onStale: () => void;
}

/** What is wrong with the setting at a path, as in "smtp.host"; undefined: nothing. */
export type FaultOf = (path: string) => string | undefined;

interface OfficeFieldsProps extends OfficeState {
	readonly testId: string;
	readonly changeOf: (value: (name: string) => string) => OfficeChange;
	readonly children: (fault: FaultOf) => ReactNode;
	/** Further buttons beside "save". */
	readonly actions?: ReactNode;
}

/** A form that changes a part of the office's settings, and says at each field what the server found wrong. */
export function OfficeFields({ settings, onSaved, onStale, testId, changeOf, children, actions }: OfficeFieldsProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const [saved, setSaved] = useState(false);
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);

	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const target = event.currentTarget;
		const change = changeOf(filled(target));
		setSaved(false);
		void send(async () => {
			onSaved(await changeOffice(http, change, settings.version));
			// A secret is written and never shown.
			for (const secret of target.querySelectorAll<HTMLInputElement>('input[type=password]')) secret.value = '';
			setSaved(true);
		});
	};
	return (
		<form ref={form} className={styles.fields} data-testid={testId} noValidate onSubmit={submit}>
			{children(faultsOf(error, t))}
			<div className={styles.stack} data-wide="">
				<Failure error={error} onStale={onStale} />
				<div role="status">{saved && error === null && <Telling testId="office-saved">{t('settings.saved')}</Telling>}</div>
				<SubmitRow icon={Save} label={t('act.save')} working={working}>
					{actions}
				</SubmitRow>
			</div>
		</form>
	);
}

/** Whether the viewer may say which hosts the appliance connects to. */
export function useManagesHosts(): boolean {
	const state = useSignal(useServices().session.state);
	return state.phase === 'in' && state.viewer?.rights.includes('hosts.manage') === true;
}

/** A number as it is written here; what is none stays a text, so that the server says so. */
export function numberOf(written: string): number | string {
	const plain = written.trim().replace(',', '.');
	const n = Number(plain);
	return plain === '' || Number.isNaN(n) ? plain : n;
}

/** The sentences for settings that are wrong; the server's own words are English. */
const SENTENCES = {
	'smtp.host': 'office.fault.host',
	'smtp.port': 'office.fault.port',
	'smtp.from': 'fault.email',
	'smtp.security': 'office.fault.security',
	'smtp.username': 'office.fault.text',
	'smtp.password': 'office.fault.text',
	'sms.url': 'office.fault.url',
	'sms.sender': 'office.fault.text',
	'sms.apiKey': 'office.fault.text',
	'masking.keys': 'office.fault.maskKeys',
	publicUrl: 'office.fault.url',
} as const;

export function faultsOf(error: unknown, t: Translate): FaultOf {
	const faults = new Map<string, string>();
	if (error instanceof ApiError) {
		for (const { location, message } of error.fields) {
			const path = location.replace(/^body\./, '');
			faults.set(path, error.status === 403 ? t('office.fault.hosts') : sentence(path, message, t));
		}
	}
	return (path) => faults.get(path);
}

function sentence(path: string, message: string, t: Translate): string {
	if (/^capture\..*reason$/.test(path)) return t('office.fault.reason');
	if (/^morningReport\./.test(path)) return t('morning.fault');
	if (/^scrapes\b/.test(path)) return scrapeFault(path, message, t);
	if (/^escalation\[/.test(path)) return t(escalationFault(path));
	const known = Object.entries(SENTENCES).find(([name]) => name === path);
	return known === undefined ? t('office.wrong') : t(known[1]);
}

function escalationFault(path: string) {
	if (path.endsWith('.afterMinutes')) return 'escalation.fault.after';
	return path.endsWith('.workingHours') ? 'escalation.fault.hours' : 'escalation.fault.channels';
}

const SCRAPE_FIELDS = ['name', 'intervalSeconds', 'metric', 'as', 'labels', 'factor'] as const;

function scrapeFault(path: string, message: string, t: Translate): string {
	if (path.endsWith('.url')) return addressFault(message, t);
	const known = SCRAPE_FIELDS.find((one) => path.endsWith(`.${one}`));
	return t(known === undefined ? 'office.wrong' : `scrapes.fault.${known}`);
}
