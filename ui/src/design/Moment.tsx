import { useTicking } from '../app/hooks';
import { useSpeech } from '../i18n/language';

/** A point in time: the clock alone for today, the whole of it as a hint and for machines. */
export function Moment({ at }: { readonly at: number }) {
	const { format } = useSpeech();
	const shown = useTicking((now) => format.moment(at, now));
	return (
		<time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
			{shown}
		</time>
	);
}

/** How long ago something was; the time itself as a hint. */
export function Ago({ at }: { readonly at: number }) {
	const { format } = useSpeech();
	const shown = useTicking((now) => format.ago(now - at));
	return (
		<time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
			{shown}
		</time>
	);
}
