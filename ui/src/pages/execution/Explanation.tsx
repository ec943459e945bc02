import { Lightbulb } from 'lucide-react';
import type { ExecutionDetail } from '../../api/execution';
import { fetchExplanation } from '../../api/timeline';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { useSpeech } from '../../i18n/language';
import styles from './Explanation.module.css';

/** How often the sentences about something that still runs are asked for anew, in ms. */
const RETELL_MS = 10_000;

interface ExplanationProps {
	readonly detail: ExecutionDetail;
	/** Also of a run that neither failed nor was slow. */
	readonly always: boolean;
}

/** Why an execution was slow or failed, in sentences. Nothing is drawn until they are there. */
export function Explanation({ detail, always }: ExplanationProps) {
	const { t, language } = useSpeech();
	const { http } = useServices();
	const { id, seq, status, startedAt, completedAt } = detail.execution;
	const { data } = useLiveQuery({
		key: ['explanation', id, language, completedAt === null ? 'open' : seq],
		fetch: (signal) => fetchExplanation(http, id, signal),
		everyMs: completedAt === null ? RETELL_MS : 0,
		enabled: always || startedAt !== null,
	});
	if (data === undefined || data.summary === '') return null;
	if (!always && !data.slow && !detail.timedOut && status !== 'failed') return null;
	return (
		<section className={styles.why} data-testid="explanation" aria-label={t('timeline.why')}>
			<h2>
				<Lightbulb size={15} aria-hidden="true" />
				{t('timeline.why')}
			</h2>
			<p>{data.summary}</p>
			<ul>
				{data.sentences.map((sentence) => (
					<li key={sentence}>{sentence}</li>
				))}
			</ul>
		</section>
	);
}
