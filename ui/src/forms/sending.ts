import { useRef, useState } from 'react';
import { ApiError } from '../api/http';
import { useSpeech } from '../i18n/language';
import type { Translate } from '../i18n/translate';

/** What a form sends, and how that went. */
export interface Sending {
	readonly working: boolean;
	/** Why the last attempt did not work; null: it did, or there was none. */
	readonly error: unknown;
	/** Does the work unless something is under way; answers whether it was done. */
	readonly send: (work: () => Promise<unknown>) => Promise<boolean>;
	readonly reset: () => void;
}

export function useSending(): Sending {
	const [state, setState] = useState<{ working: boolean; error: unknown }>({ working: false, error: null });
	const busy = useRef(false);
	return {
		...state,
		send: async (work) => {
			if (busy.current) return false;
			busy.current = true;
			setState({ working: true, error: null });
			try {
				await work();
				setState({ working: false, error: null });
				return true;
			} catch (error) {
				setState({ working: false, error });
				return false;
			} finally {
				busy.current = false;
			}
		},
		reset: () => setState({ working: false, error: null }),
	};
}

/** The sentence for an attempt that failed. */
export function sentenceOf(error: unknown, t: Translate): string {
	if (!(error instanceof ApiError)) return t('state.failed');
	if (error.status === 0) return t('state.unreachable');
	if (error.status === 403) return t('err.forbidden');
	if (error.status === 404) return t('settings.gone');
	if (error.status === 412) return t('settings.stale');
	if (error.status === 429 && error.code === 'rate_limited') return t('err.rate');
	if (error.status === 422 && error.code.startsWith('invalid_field')) return t('err.validation');
	const sentence = error.detail === '' ? t('state.failed') : error.detail;
	return error.requestId === null || error.status < 500
		? sentence
		: `${sentence} ${t('state.requestId', { id: error.requestId })}`;
}

const SENTENCES = [
	'login',
	'name',
	'email',
	'phone',
	'roles',
	'clients',
	'password',
	'expiresAt',
	'reason',
	'executionIds',
	'workflowId',
	'schedule',
	'events',
	'secret',
] as const;

/** What is wrong with the fields of a form, by their names. The server's own words are English, so ours stand in. */
export function useFieldFaults(error: unknown): Readonly<Record<string, string>> {
	const { t } = useSpeech();
	if (!(error instanceof ApiError)) return {};
	if (error.code === 'duplicate_login') return { login: error.detail };
	const faults: Record<string, string> = {};
	for (const { location, message } of error.fields) {
		const name = /^body\.(\w+)/.exec(location)?.[1] ?? '';
		const known = SENTENCES.find((one) => one === name);
		// "wrong_password" and "wrong_code" have a sentence of their own in the reader's language.
		if (error.code !== 'invalid_field') faults[name] = error.detail;
		else if (name === 'url') faults.url = addressFault(message, t);
		else faults[name] = known === undefined ? message : t(`fault.${known}`);
	}
	return faults;
}

/** What is wrong with an address that the server is to reach. */
export function addressFault(message: string, t: Translate): string {
	return t(message.includes('--webhook-allow') ? 'fault.inner' : 'fault.address');
}
