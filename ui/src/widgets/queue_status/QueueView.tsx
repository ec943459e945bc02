import { Link } from 'wouter';
import { PRIORITIES, type Priority } from '../../api/execution';
import type { Queue } from '../../api/queue';
import { Elapsed } from '../../app/Elapsed';
import { Bar } from '../../charts/Bar';
import type { Tone } from '../../charts/tone';
import { PriorityMark } from '../../design/Priority';
import { useSpeech } from '../../i18n/language';
import { DepthChart } from '../../queue/DepthChart';
import { PriorityWish } from '../../queue/PriorityWish';
import { QueueWarning } from '../../queue/QueueWarning';
import { useFormerDepth } from '../../queue/useQueue';
import { useQueued } from '../../queue/useQueued';
import { clearanceOf, secondsOf } from '../../queue/words';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import styles from './QueueView.module.css';

/** From this size on, in px, there is room for the course of the day and for what is next. */
const LARGE_WIDTH = 560;
const LARGE_HEIGHT = 300;
const NEXT = 5;

const TONES: Readonly<Record<Priority, Tone>> = { HIGH: 'failed', NORMAL: 'running', LOW: 'pending' };

/** The queue: how much waits; where there is room for how long, how fast it goes, how the day was, and what is next. */
export function QueueView({ data: queue }: ViewProps<Queue>) {
	const { t } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	return (
		<div ref={ref} className={styles.view}>
			<QueueWarning queue={queue} />
			<p className={styles.total} data-testid="queue-pending" data-value={queue.pending}>
				{t('queue.count', { n: queue.pending })}
			</p>
			<Bar
				label={t('queue.byPriority')}
				parts={PRIORITIES.map((priority) => ({
					label: t(`prio.${priority}`),
					value: queue.byPriority[priority],
					tone: TONES[priority],
				}))}
			/>
			<ul className={styles.priorities}>
				{PRIORITIES.map((priority) => (
					<li key={priority}>
						<Link
							href={`/queue?priority=${priority}`}
							data-testid="queue-priority"
							data-priority={priority}
							data-value={queue.byPriority[priority]}
						>
							<PriorityMark priority={priority} />
							<b>{queue.byPriority[priority]}</b>
						</Link>
					</li>
				))}
			</ul>
			<Numbers queue={queue} />
			{width >= LARGE_WIDTH && height >= LARGE_HEIGHT && (
				<div className={styles.large}>
					<DepthChart warnDepth={queue.warnDepth} height="fill" />
					<Next />
				</div>
			)}
		</div>
	);
}

function Numbers({ queue }: { readonly queue: Queue }) {
	const { t, format } = useSpeech();
	const former = useFormerDepth();
	return (
		<dl className={styles.numbers}>
			<div>
				<dt>{t('queue.eta')}</dt>
				<dd data-testid="queue-eta" data-seconds={queue.clearance ?? ''}>
					{clearanceOf(queue, former, t, format)}
				</dd>
			</div>
			<div>
				<dt>{t('queue.wait')}</dt>
				<dd data-testid="queue-wait" data-seconds={queue.wait ?? ''}>
					{queue.wait === null ? t('queue.unknown') : secondsOf(queue.wait, format)}
				</dd>
			</div>
			<div>
				<dt>{t('queue.rate')}</dt>
				<dd data-testid="queue-rate" data-value={queue.rate}>
					{t('queue.perMinute', { n: queue.rate })}
				</dd>
			</div>
			<div>
				<dt>{t('queue.oldest')}</dt>
				<dd data-testid="queue-oldest" data-execution-id={queue.oldest?.executionId ?? ''}>
					{queue.oldest === null ? '–' : <Elapsed since={queue.oldest.queuedAt} />}
				</dd>
			</div>
			<div>
				<dt>{t('queue.tax')}</dt>
				<dd>
					<Link href="/queue?tax=1">{format.number(queue.raised)}</Link>
				</dd>
			</div>
		</dl>
	);
}

/** What is taken next, each with the way to put it forward. */
function Next() {
	const { t } = useSpeech();
	const { data } = useQueued();
	if (data === undefined || data.length === 0) return null;
	return (
		<ol className={styles.next} aria-label={t('queue.next')}>
			{data.slice(0, NEXT).map((queued) => (
				<li key={queued.execution.id} data-testid="queue-row" data-execution-id={queued.execution.id}>
					<Link href={`/executions/${encodeURIComponent(queued.execution.id)}`} title={queued.execution.id}>
						{queued.execution.workflowName}
					</Link>
					<span className={styles.since}>
						{queued.execution.queuedAt !== null && <Elapsed since={queued.execution.queuedAt} />}
					</span>
					<PriorityWish queued={queued} />
				</li>
			))}
		</ol>
	);
}
