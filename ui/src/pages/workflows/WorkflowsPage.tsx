import { SearchX, TriangleAlert, Workflow as WorkflowIcon } from 'lucide-react';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import type { Workflow } from '../../api/workflows';
import { useTitle } from '../../app/hooks';
import { useWorkflowList } from '../../app/workflowqueries';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import sections from '../../design/sections.module.css';
import { useDraft } from '../../forms/useDraft';
import { useSpeech } from '../../i18n/language';
import { arranged } from '../../live/workfloworder';
import { parseWorkflowList, serializeWorkflowList, WORKFLOW_SORTS, type WorkflowListView } from '../../url/workflowlist';
import styles from './WorkflowsPage.module.css';
import { WorkflowTable } from './WorkflowTable';

/** All workflows, those that need a look first. */
export default function WorkflowsPage() {
	const { t } = useSpeech();
	const { data, error, refetch } = useWorkflowList();
	const [view, change] = useView();
	const shown = useMemo(() => arranged(data ?? [], view), [data, view]);
	useTitle(t('nav.workflows'));
	return (
		<main id="content" tabIndex={-1} data-page="workflows" className={`${sections.page} ${sections.wide}`}>
			<div className={styles.page}>
				<header className={styles.head}>
					<h1>{t('nav.workflows')}</h1>
					{data !== undefined && data.length > 0 && <Health all={data} />}
				</header>
				<Tools view={view} onChange={change} />
				{data === undefined && error === null && <Skeleton label={t('wf.loading')} rows={10} />}
				{data === undefined && error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
				{data !== undefined && error !== null && (
					<p className={styles.stale} role="status">
						<TriangleAlert size={15} aria-hidden="true" />
						{t('state.stale')}
						<button type="button" className={controls.button} onClick={() => void refetch()}>
							{t('state.retry')}
						</button>
					</p>
				)}
				{data?.length === 0 && (
					<Notice icon={WorkflowIcon} title={t('wf.none')}>
						{t('wf.noneHint')}
					</Notice>
				)}
				{data !== undefined && data.length > 0 && shown.length === 0 && (
					<Notice
						icon={SearchX}
						title={t('wf.noMatch')}
						action={
							<button type="button" className={controls.button} onClick={() => change({ q: '' }, 'push')}>
								{t('list.clear')}
							</button>
						}
					/>
				)}
				{shown.length > 0 && <WorkflowTable workflows={shown} sort={view.sort} onSort={(sort) => change({ sort }, 'push')} />}
			</div>
		</main>
	);
}

type Change = (part: Partial<WorkflowListView>, step: 'push' | 'replace') => void;

function useView(): [WorkflowListView, Change] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const view = useMemo(() => parseWorkflowList(search), [search]);
	const change: Change = (part, step) => {
		const present = window.location.search;
		const query = serializeWorkflowList({ ...parseWorkflowList(present), ...part }, present);
		navigate(query === '' ? path : `${path}?${query}`, { replace: step === 'replace' });
	};
	return [view, change];
}

/** How many do well, in words. */
function Health({ all }: { readonly all: readonly Workflow[] }) {
	const { t } = useSpeech();
	const judged = all.filter((one) => one.health !== 'unknown');
	const well = judged.filter((one) => one.health === 'healthy').length;
	return (
		<p className={styles.count} data-testid="workflows-count" data-value={all.length}>
			{t('wf.count', { n: all.length })}
			{judged.length > 0 && ` · ${t('wf.healthy', { well, n: judged.length })}`}
		</p>
	);
}

function Tools({ view, onChange }: { readonly view: WorkflowListView; readonly onChange: Change }) {
	const { t } = useSpeech();
	const { draft, write, leave } = useDraft(view.q, (q, step) => onChange({ q }, step));
	return (
		<search className={styles.tools}>
			<label className={controls.field}>
				{t('list.search')}
				<input
					className={controls.input}
					type="search"
					name="q"
					value={draft}
					placeholder={t('wf.searchHint')}
					onChange={(event) => write(event.target.value)}
					onBlur={leave}
				/>
			</label>
			<label className={controls.field}>
				{t('wf.sort')}
				<select
					className={controls.select}
					name="sort"
					value={view.sort}
					onChange={(event) => onChange({ sort: WORKFLOW_SORTS.find((sort) => sort === event.target.value) ?? 'health' }, 'push')}
				>
					{WORKFLOW_SORTS.map((sort) => (
						<option key={sort} value={sort}>
							{t(`wf.sort.${sort}`)}
						</option>
					))}
				</select>
			</label>
		</search>
	);
}
