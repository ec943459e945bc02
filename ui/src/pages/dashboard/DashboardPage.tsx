import { LayoutDashboard } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import type { Dashboard } from '../../api/dashboards';
import { useRight, useTitle } from '../../app/hooks';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { serializeBoardQuery } from '../../url/boardquery';
import { DashboardGrid, inEffect } from '../../widgets/DashboardGrid';
import { WidgetFrame } from '../../widgets/WidgetFrame';
import { BoardHead } from './BoardHead';
import styles from './dashboard.module.css';
import { LargeWidget } from './LargeWidget';
import { useBoardQuery } from './useBoardQuery';
import { chosenDashboard, useDashboards } from './useDashboards';

// What only editing needs is fetched when somebody edits.
const Editor = lazy(() => import('./Editor'));

interface DashboardPageProps {
	/** Undefined: the viewer's default. */
	readonly id: string | undefined;
	readonly edit: boolean;
}

/** A dashboard, to look at or to change. */
export default function DashboardPage({ id, edit }: DashboardPageProps) {
	const { t } = useSpeech();
	const { data, error, refetch } = useDashboards();
	const mayOwn = useRight('dashboards.own');
	const chosen = data === undefined ? undefined : chosenDashboard(data, id);
	const editing = edit && mayOwn && chosen !== undefined;
	useTitle(chosen?.name ?? t('nav.dashboard'));
	return (
		<main
			id="content"
			tabIndex={-1}
			data-page="dashboard"
			data-dashboard-id={chosen?.id ?? ''}
			data-editing={editing}
			className={styles.page}
		>
			{data === undefined && error === null && <Skeleton label={t('dash.loading')} rows={8} />}
			{data === undefined && error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			{data !== undefined && chosen === undefined && <Missing />}
			{data !== undefined && chosen !== undefined && !editing && <Viewer all={data} dashboard={chosen} />}
			{data !== undefined && chosen !== undefined && editing && (
				<Suspense fallback={<Skeleton label={t('dash.loading')} rows={8} />}>
					<Editor key={chosen.id} all={data} dashboard={chosen} />
				</Suspense>
			)}
		</main>
	);
}

function Missing() {
	const { t } = useSpeech();
	return (
		<Notice
			icon={LayoutDashboard}
			title={t('dash.missing')}
			action={
				<Link className={controls.button} href="/">
					{t('dash.toDefault')}
				</Link>
			}
		/>
	);
}

function Viewer({ all, dashboard }: { readonly all: readonly Dashboard[]; readonly dashboard: Dashboard }) {
	const { t } = useSpeech();
	const [query, change] = useBoardQuery();
	const [, navigate] = useLocation();
	const mayOwn = useRight('dashboards.own');
	const large = dashboard.widgets.find((one) => one.id === query.widget);
	const configure = (widget: string) => {
		const rest = serializeBoardQuery({ ...query, widget }, window.location.search);
		navigate(`/d/${encodeURIComponent(dashboard.id)}/edit?${rest}`);
	};
	return (
		<>
			<BoardHead all={all} dashboard={dashboard} query={query} onQuery={change} />
			{dashboard.widgets.length === 0 && (
				<Notice
					icon={LayoutDashboard}
					title={t('dash.empty')}
					action={
						mayOwn ? (
							<Link className={controls.button} href={`/d/${encodeURIComponent(dashboard.id)}/edit`}>
								{t('dash.addFirst')}
							</Link>
						) : undefined
					}
				/>
			)}
			<DashboardGrid dashboard={dashboard}>
				{(widget) => (
					<WidgetFrame
						key={widget.id}
						widget={widget}
						config={inEffect(widget.config, query)}
						tools={{
							onMaximise: () => change({ widget: widget.id }),
							onConfigure: mayOwn ? () => configure(widget.id) : undefined,
						}}
					/>
				)}
			</DashboardGrid>
			{large !== undefined && (
				<LargeWidget widget={large} config={inEffect(large.config, query)} onClose={() => change({ widget: null })} />
			)}
		</>
	);
}
