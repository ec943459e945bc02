import { ArrowLeft, SearchX, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useCallback } from 'react';
import { Link } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import type { ExecutionDetail } from '../../api/execution';
import { useSignal, useTitle } from '../../app/hooks';
import { useMedia } from '../../app/useMedia';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import type { ExecutionView } from '../../live/executionstate';
import { DataPanel } from './DataPanel';
import { ExecutionHeader } from './ExecutionHeader';
import styles from './ExecutionPage.module.css';
import { StepList } from './StepList';
import { TimelinePanel } from './TimelinePanel';
import { useLiveExecution } from './useLiveExecution';
import { TABS, type Tab, usePlace } from './usePlace';

/** Where the data stand beside the rest, and are no part of their own. */
const WIDE = '(min-width: 1001px)';
const TITLES = { steps: 'exec.stepsTitle', timeline: 'timeline.title', alerts: 'nav.alerts', data: 'exec.details' } as const;

const AlertsPanel = lazy(() => import('./AlertsPanel'));

/** One execution, live: its state, its steps, and what each of them received and produced. */
export function ExecutionPage({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const state = useLiveExecution(id);
	const view = useSignal(state.view);
	useTitle(view.detail?.execution.workflowName ?? t('nav.executions'));
	return (
		<main id="content" tabIndex={-1} data-page="execution" className={styles.page}>
			<Link className={styles.back} href={useListAddress()}>
				<ArrowLeft size={16} aria-hidden="true" />
				{t('exec.back')}
			</Link>
			{view.phase === 'loading' && <Skeleton label={t('exec.loading')} rows={8} />}
			{view.phase === 'failed' && <FetchFailure error={view.error} onRetry={() => state.load()} />}
			{view.phase === 'missing' && <Missing removed={view.removed} />}
			{view.phase === 'ready' && view.detail !== null && <Content id={id} view={view} detail={view.detail} />}
		</main>
	);
}

interface ContentProps {
	readonly id: string;
	readonly view: ExecutionView;
	readonly detail: ExecutionDetail;
}

function Content({ id, view, detail }: ContentProps) {
	const { t } = useSpeech();
	const [place, move] = usePlace();
	const wide = useMedia(WIDE);
	const tab: Tab = wide && place.tab === 'data' ? 'steps' : place.tab;
	const open = useCallback((step: string | null) => move({ step }), [move]);
	return (
		<>
			{view.error !== null && (
				<p className={styles.stale} role="status">
					<TriangleAlert size={16} aria-hidden="true" />
					{t('state.stale')}
				</p>
			)}
			<ExecutionHeader detail={detail} />
			<fieldset className={styles.tabs}>
				<legend className="visually-hidden">{t('exec.parts')}</legend>
				{TABS.filter((one) => !wide || one !== 'data').map((one) => (
					<button key={one} type="button" aria-pressed={tab === one} onClick={() => move({ tab: one })}>
						{t(TITLES[one])}
					</button>
				))}
			</fieldset>
			<div className={styles.columns} data-tab={tab}>
				{tab === 'timeline' ? (
					<TimelinePanel detail={detail} revisions={view.revisions} opened={place.step} onOpen={open} />
				) : tab === 'alerts' ? (
					<Suspense fallback={<Skeleton label={t('alerts.loading')} rows={3} />}>
						<AlertsPanel executionId={id} />
					</Suspense>
				) : (
					<StepList executionId={id} steps={detail.steps} revisions={view.revisions} opened={place.step} onOpen={open} />
				)}
				<DataPanel detail={detail} />
			</div>
		</>
	);
}

function Missing({ removed }: { readonly removed: boolean }) {
	const { t } = useSpeech();
	return (
		<div data-testid="execution-missing" data-removed={removed} role="status">
			<Notice
				icon={SearchX}
				title={t(removed ? 'exec.removed' : 'exec.missing')}
				action={
					<Link className={controls.button} href="/executions">
						{t('missing.home')}
					</Link>
				}
			>
				{t(removed ? 'exec.removedHint' : 'exec.missingHint')}
			</Notice>
		</div>
	);
}

/** The list as it was left, when the reader came from it. */
function useListAddress(): string {
	const state: unknown = useHistoryState();
	const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : '';
	return typeof from === 'string' && from !== '' ? `/executions?${from}` : '/executions';
}
