import { TriangleAlert } from 'lucide-react';
import { useSignal, useTitle } from '../../app/hooks';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { ExecutionTable } from '../../executions/ExecutionTable';
import { useSpeech } from '../../i18n/language';
import type { ListView } from '../../live/executionlist';
import { serializeColumns } from '../../url/columns';
import { EVERYTHING, type ExecutionFilter, serializeFilter, toggleStatus } from '../../url/filter';
import { useColumns } from '../../url/useColumns';
import { useFilter } from '../../url/useFilter';
import { ViewTools } from '../../views/ViewTools';
import { ColumnChoice } from './ColumnChoice';
import styles from './ExecutionsPage.module.css';
import { FilterBar } from './FilterBar';
import { ListNotice } from './ListNotice';
import { StatusToggles } from './StatusToggles';
import { useLiveList } from './useLiveList';

/** Rows of the shape shown while the list loads. */
const SKELETON_ROWS = 12;

/** All executions, newest first, live; what is shown is narrowed by the address. */
export default function ExecutionsPage() {
	const { t } = useSpeech();
	const [filter, change] = useFilter();
	const [columns, choose] = useColumns();
	const list = useLiveList(filter);
	const view = useSignal(list.view);
	useTitle(t('list.title'));
	const clear = () => change(EVERYTHING, 'push');
	return (
		<main id="content" tabIndex={-1} data-page="executions" className={styles.page}>
			<header className={styles.head}>
				<h1>{t('list.title')}</h1>
				<Count filter={filter} view={view} />
				<ViewTools page="executions" query={serializeColumns(columns, serializeFilter(filter))}>
					<ColumnChoice columns={columns} onChange={choose} />
				</ViewTools>
				<StatusToggles
					chosen={filter.status}
					counts={view.counts}
					onToggle={(status) => change({ status: toggleStatus(filter, status).status }, 'push')}
				/>
			</header>
			<FilterBar filter={filter} onChange={change} />
			{view.phase === 'ready' && view.error !== null && <Stale onRetry={() => list.load()} />}
			{view.phase === 'loading' && <Skeleton label={t('list.loading')} rows={SKELETON_ROWS} />}
			{view.phase === 'failed' && <FetchFailure error={view.error} onRetry={() => list.load()} />}
			{view.phase === 'ready' &&
				(view.ids.length === 0 ? (
					<ListNotice filter={filter} onClear={clear} />
				) : (
					<ExecutionTable
						key={serializeFilter(filter)}
						list={list}
						view={view}
						from={serializeColumns(columns, serializeFilter(filter))}
						columns={columns}
						onSort={(sort) => change({ sort }, 'push')}
					/>
				))}
		</main>
	);
}

/** How many executions the filter finds, whether they are loaded or not. */
function Count({ filter, view }: { readonly filter: ExecutionFilter; readonly view: ListView }) {
	const { t } = useSpeech();
	const n = hits(filter, view);
	const words = n === null ? '' : t('list.count', { n });
	return (
		<p className={styles.count} data-testid="executions-count" data-value={n ?? ''}>
			{view.capped && !view.complete && n !== null ? t('list.countCapped', { count: words }) : words}
		</p>
	);
}

function hits(filter: ExecutionFilter, view: ListView): number | null {
	if (view.complete) return view.ids.length;
	const { counts } = view;
	if (counts === null) return null;
	const chosen = Object.entries(counts).filter(
		([status]) => filter.status.length === 0 || filter.status.some((s) => s === status),
	);
	return chosen.reduce((sum, [, n]) => sum + n, 0);
}

function Stale({ onRetry }: { readonly onRetry: () => void }) {
	const { t } = useSpeech();
	return (
		<div className={styles.stale} role="status">
			<TriangleAlert size={16} aria-hidden="true" />
			<p>{t('state.stale')}</p>
			<button type="button" className={controls.button} onClick={onRetry}>
				{t('state.retry')}
			</button>
		</div>
	);
}
