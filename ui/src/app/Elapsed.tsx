import { useSpeech } from '../i18n/language';
import { useTicking } from './hooks';

/** The time since an instant, in whole seconds; it stands still while there is no connection. */
export function Elapsed({ since }: { readonly since: number }) {
	const { format } = useSpeech();
	return useTicking((now) => format.elapsed(now - since));
}
