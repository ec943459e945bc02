import { ArrowLeft, SearchX, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useCallback } from 'react';
import { Link } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import type { ExecutionDetail } from '../../api/execution';
import { useRight, useSignal, useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useMedia } from '../../app/useMedia';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import type { ExecutionView } from '../../live/executionstate';
import { DataPanel } from './DataPanel';
import { ExecutionHeader } from './ExecutionHeader';
import styles from './ExecutionPage.module.css';
import { Explanation } from './Explanation';
import { StepData } from './StepData';
import { StepList } from './StepList';
import { TimelinePanel } from './TimelinePanel';
import { useLiveExecution } from './useLiveExecution';
import { TABS, type Tab, usePlace } from './usePlace';

/** Where the details stand beside the steps. */
const WIDE = '(min-width: 1001px)';

const AlertsPanel = lazy(() => import('./AlertsPanel'));
const AuditPanel = lazy(() => import('./AuditPanel'));

/** One execution, live: its state, its steps, and what each of them received and produced. */
export default function ExecutionPage({ id }: { readonly id: string }) {
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
			{view.phase === 'ready' && view.detail !== null && (
				<Content id={id} view={view} detail={view.detail} onChange={() => state.refresh()} />
			)}
		</main>
	);
}

interface ContentProps {
	readonly id: string;
	readonly view: ExecutionView;
	readonly detail: ExecutionDetail;
	/** Called when something was done that changes the execution. */
	readonly onChange: () => void;
}

function Content({ id, view, detail, onChange }: ContentProps) {
	const { t } = useSpeech();
	const [place, move] = usePlace();
	const audits = useMayAudit();
	const tab: Tab = place.tab === 'audit' && !audits ? 'steps' : place.tab;
	return (
		<>
			{view.error !== null && (
				<p className={styles.stale} role="status">
					<TriangleAlert size={16} aria-hidden="true" />
					{t('state.stale')}
				</p>
			)}
			<ExecutionHeader detail={detail} onChange={onChange} />
			<Explanation detail={detail} always={tab === 'timeline'} />
			<fieldset className={styles.tabs}>
				<legend className="visually-hidden">{t('exec.parts')}</legend>
				{TABS.filter((one) => one !== 'audit' || audits).map((one) => (
					<button key={one} type="button" aria-pressed={tab === one} data-tab={one} onClick={() => move({ tab: one })}>
						{t(`exec.tab.${one}`)}
					</button>
				))}
			</fieldset>
			<Part id={id} tab={tab} view={view} detail={detail} />
		</>
	);
}

interface PartProps extends Omit<ContentProps, 'onChange'> {
	readonly tab: Tab;
}

/** The part of the page that was chosen. */
function Part({ id, tab, view, detail }: PartProps) {
	const { t } = useSpeech();
	const [{ step }, move] = usePlace();
	const wide = useMedia(WIDE);
	const open = useCallback((next: string | null) => move({ step: next }), [move]);
	const { revisions } = view;
	switch (tab) {
		case 'timeline':
			return <TimelinePanel detail={detail} revisions={revisions} opened={step} onOpen={open} />;
		case 'data':
			return (
				<div className={styles.stack}>
					<DataPanel detail={detail} wide />
					<StepData detail={detail} revisions={revisions} opened={step} onOpen={open} />
				</div>
			);
		case 'alerts':
		case 'audit':
			return (
				<Suspense fallback={<Skeleton label={t('alerts.loading')} rows={3} />}>
					{tab === 'alerts' ? <AlertsPanel executionId={id} /> : <AuditPanel executionId={id} />}
				</Suspense>
			);
		default:
			return (
				<div className={styles.columns}>
					<StepList executionId={id} steps={detail.steps} revisions={revisions} opened={step} onOpen={open} />
					{wide && <DataPanel detail={detail} wide={false} />}
				</div>
			);
	}
}

/** The audit is for those who see all clients. */
function useMayAudit(): boolean {
	const state = useSignal(useServices().session.state);
	const right = useRight('audit.read');
	return right && state.phase === 'in' && state.viewer?.clients.length === 0;
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
