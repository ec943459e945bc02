import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Queue } from '../../api/queue';
import { Elapsed } from '../../app/Elapsed';
import { useSpeech } from '../../i18n/language';
import { useFormerDepth } from '../../queue/useQueue';
import { clearanceOf, secondsOf } from '../../queue/words';
import styles from './queuepage.module.css';

/** The numbers of the queue, each with what it means. */
export function QueueFigures({ queue }: { readonly queue: Queue }) {
	const { t, format } = useSpeech();
	const former = useFormerDepth();
	const { oldest } = queue;
	return (
		<dl className={styles.figures}>
			<Figure name={t('queue.waiting')} note={t('queue.processing', { n: queue.processing })}>
				<span data-testid="queue-pending" data-value={queue.pending}>
					{format.number(queue.pending)}
				</span>
			</Figure>
			<Figure name={t('queue.eta')} note={t('queue.etaNote')}>
				<span data-testid="queue-eta" data-seconds={queue.clearance ?? ''}>
					{clearanceOf(queue, former, t, format)}
				</span>
			</Figure>
			<Figure name={t('queue.rate')} note={t('queue.rate15', { n: format.number(queue.rate15) })}>
				<span data-testid="queue-rate" data-value={queue.rate}>
					{t('queue.perMinute', { n: queue.rate })}
				</span>
			</Figure>
			<Figure
				name={t('queue.wait')}
				note={queue.currentWait === null ? '' : t('queue.currentWait', { time: secondsOf(queue.currentWait, format) })}
			>
				<span data-testid="queue-wait" data-seconds={queue.wait ?? ''}>
					{queue.wait === null ? t('queue.unknown') : secondsOf(queue.wait, format)}
				</span>
			</Figure>
			<Figure
				name={t('queue.oldest')}
				note={
					oldest !== null && (
						<Link href={`/executions/${encodeURIComponent(oldest.executionId)}`}>
							{oldest.workflowName}, {oldest.executionId}
						</Link>
					)
				}
			>
				<span data-testid="queue-oldest" data-execution-id={oldest?.executionId ?? ''}>
					{oldest === null ? '–' : <Elapsed since={oldest.queuedAt} />}
				</span>
			</Figure>
		</dl>
	);
}

function Figure({ name, note, children }: { readonly name: string; readonly note: ReactNode; readonly children: ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
			<dd className={styles.note}>{note}</dd>
		</div>
	);
}
