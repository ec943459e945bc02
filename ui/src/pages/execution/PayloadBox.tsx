import { useMemo, useState } from 'react';
import type { Payload } from '../../api/execution';
import controls from '../../design/controls.module.css';
import { TextBox } from '../../design/TextBox';
import { useSpeech } from '../../i18n/language';
import { parseJson } from '../../json/parse';
import { JsonView } from './JsonView';
import styles from './PayloadBox.module.css';

/** Longer texts are drawn only when somebody asks, in characters. */
const AT_ONCE_MAX = 64 * 1_024;

interface PayloadBoxProps {
	readonly testId: string;
	readonly title: string;
	readonly payload: Payload;
}

/** What a step received or produced: a tree to look through, or the text as it was sent. */
export function PayloadBox({ testId, title, payload }: PayloadBoxProps) {
	const { t, format } = useSpeech();
	return (
		<section className={styles.box} data-testid={testId} data-kind={payload.kind}>
			<h3>{title}</h3>
			{payload.kind === 'none' && <p className={styles.quiet}>{t('exec.noData')}</p>}
			{payload.kind === 'hidden' && <p className={styles.quiet}>{t('exec.hidden')}</p>}
			{payload.kind === 'cut' && (
				<p className={styles.cut}>
					{payload.bytes === null ? t('exec.cut') : t('exec.cutOf', { size: format.bytes(payload.bytes) })}
				</p>
			)}
			{payload.kind === 'cut' && (
				<OnDemand text={payload.beginning}>{(text) => <TextBox label={title}>{text}</TextBox>}</OnDemand>
			)}
			{payload.kind === 'data' && <OnDemand text={payload.json}>{(json) => <Data title={title} json={json} />}</OnDemand>}
		</section>
	);
}

interface OnDemandProps {
	readonly text: string;
	readonly children: (text: string) => React.ReactNode;
}

/** Draws what is short at once, and what is long when somebody asks for it. */
function OnDemand({ text, children }: OnDemandProps) {
	const { t, format } = useSpeech();
	const [wanted, setWanted] = useState(false);
	if (wanted || text.length <= AT_ONCE_MAX) return children(text);
	return (
		<p className={styles.large} data-testid="payload-large">
			{t('payload.large', { size: format.bytes(text.length) })}
			<button type="button" className={controls.button} onClick={() => setWanted(true)}>
				{t('payload.showLarge')}
			</button>
		</p>
	);
}

/** JSON as a tree; a text that is none as it is. */
export function Data({ title, json }: { readonly title: string; readonly json: string }) {
	const root = useMemo(() => parseJson(json), [json]);
	if (root === null) return <TextBox label={title}>{json}</TextBox>;
	return <JsonView title={title} root={root} />;
}
