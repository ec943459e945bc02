import { useSpeech } from '../i18n/language';
import { hasDetail, reasonKey } from './reason';

/** Why something did not reach somebody: a sentence for people, and behind it what was said, for who looks after it. */
export function Reason({ text }: { readonly text: string }) {
	const { t } = useSpeech();
	const key = reasonKey(text);
	if (key === null) return text;
	return (
		<>
			{t(key)}
			{hasDetail(text) && (
				<>
					{' '}
					<small>{text}</small>
				</>
			)}
		</>
	);
}
