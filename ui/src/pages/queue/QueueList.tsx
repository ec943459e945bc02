import { CircleCheck, FilterX, Flag } from 'lucide-react';
import { useRef } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { PRIORITIES } from '../../api/execution';
import { QUEUED_MAX, type Queue, type Queued } from '../../api/queue';
import { useHold } from '../../app/useHold';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { PriorityMark } from '../../design/Priority';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { arrange, NOTHING_SHOWN } from '../../live/arrange';
import { useQueued } from '../../queue/useQueued';
import { parseQueueFilter, type QueueFilter, serializeQueueFilter } from '../../url/queuefilter';
import { QueueRow } from './QueueRow';
import styles from './queuepage.module.css';

/** What waits, in the order in which it is to be taken, and what it can be narrowed to. */
export function QueueList({ queue }: { readonly queue: Queue }) {
	const { t } = useSpeech();
	const { data, error, refetch } = useQueued();
	const [filter, change] = useQueueFilter();
	return (
		<section className={styles.list} aria-labelledby="queue-list">
			<h2 id="queue-list">{t('queue.list')}</h2>
			<fieldset className={controls.pills}>
				<legend className="visually-hidden">{t('queue.filter')}</legend>
				{PRIORITIES.map((priority) => (
					<button
						key={priority}
						type="button"
						data-testid="queue-priority"
						data-priority={priority}
						data-value={queue.byPriority[priority]}
						aria-pressed={filter.priority === priority}
						onClick={() => change({ ...filter, priority: filter.priority === priority ? '' : priority })}
					>
						<PriorityMark priority={priority} />
						<b>{queue.byPriority[priority]}</b>
					</button>
				))}
				<button
					type="button"
					data-testid="queue-tax"
					data-value={queue.raised}
					aria-pressed={filter.tax}
					onClick={() => change({ ...filter, tax: !filter.tax })}
				>
					<Flag size={14} aria-hidden="true" />
					{t('queue.tax')}
					<b>{queue.raised}</b>
				</button>
			</fieldset>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('queue.loading')} rows={5} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<Rows all={data} filter={filter} onEverything={() => change({ priority: '', tax: false })} />
			)}
			{queue.pending > QUEUED_MAX && <p className={styles.note}>{t('queue.first', { n: QUEUED_MAX, all: queue.pending })}</p>}
		</section>
	);
}

interface RowsProps {
	readonly all: readonly Queued[];
	readonly filter: QueueFilter;
	readonly onEverything: () => void;
}

/** While somebody points at the rows they keep their places: a click is to hit what it was meant for. */
function Rows({ all, filter, onEverything }: RowsProps) {
	const { t } = useSpeech();
	const { held, handlers } = useHold();
	const shown = useRef(NOTHING_SHOWN);
	const fitting = all.filter((one) => fits(one, filter));
	const byId = new Map(fitting.map((one) => [one.execution.id, one]));
	shown.current = arrange(shown.current, [...byId.keys()], held);
	if (all.length === 0) return <Notice icon={CircleCheck} title={t('queue.none')} />;
	if (fitting.length === 0) {
		return (
			<Notice
				icon={FilterX}
				title={t('queue.noneFits')}
				action={
					<button type="button" className={controls.button} onClick={onEverything}>
						{t('queue.everything')}
					</button>
				}
			/>
		);
	}
	return (
		<ol className={styles.rows} {...handlers}>
			{shown.current.order.map((id) => {
				const queued = byId.get(id);
				return queued === undefined ? null : <QueueRow key={id} queued={queued} />;
			})}
		</ol>
	);
}

/** Whether a run is to be shown. Of taxes are those that a deadline raises, or would. */
function fits({ execution, boost, forbiddenBy }: Queued, { priority, tax }: QueueFilter): boolean {
	return (priority === '' || execution.priority === priority) && (!tax || boost !== null || forbiddenBy !== null);
}

function useQueueFilter(): [QueueFilter, (filter: QueueFilter) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	return [
		parseQueueFilter(search),
		(filter) => {
			const query = serializeQueueFilter(filter);
			navigate(query === '' ? path : `${path}?${query}`);
		},
	];
}
