import { lazy, Suspense, useEffect } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { askedPage } from '../pages/login/asked';
import { FocusOnArrival } from './FocusOnArrival';
import { MissingPage } from './MissingPage';

// Each page is a program of its own, fetched when it is first gone to.
const AlertsSection = lazy(() => import('../pages/alerts/AlertsSection'));
const DashboardPage = lazy(() => import('../pages/dashboard/DashboardPage'));
const DeadlinesPage = lazy(() => import('../pages/deadlines/DeadlinesPage'));
const ExecutionPage = lazy(() => import('../pages/execution/ExecutionPage'));
const ExecutionsPage = lazy(() => import('../pages/executions/ExecutionsPage'));
const QueuePage = lazy(() => import('../pages/queue/QueuePage'));
const ReportPage = lazy(() => import('../pages/report/ReportPage'));
const ResourcesPage = lazy(() => import('../pages/resources/ResourcesPage'));
const SettingsPage = lazy(() => import('../pages/settings/SettingsPage'));
const StartPage = lazy(() => import('../pages/start/StartPage'));
const WorkflowPage = lazy(() => import('../pages/workflows/WorkflowPage'));
const WorkflowsPage = lazy(() => import('../pages/workflows/WorkflowsPage'));

/** The page that the address names, within the frame. */
export function Pages() {
	return (
		<Suspense fallback={<main id="content" tabIndex={-1} aria-busy="true" />}>
			<FocusOnArrival />
			<Switch>
				<Route path="/">
					<DashboardPage id={undefined} edit={false} />
				</Route>
				<Route path="/d/:id/:mode?">{({ id, mode }) => <DashboardPage key={id} id={decoded(id)} edit={mode === 'edit'} />}</Route>
				<Route path="/executions">
					<ExecutionsPage />
				</Route>
				<Route path="/executions/:id">{({ id }) => <ExecutionPage key={id} id={decoded(id)} />}</Route>
				<Route path="/workflows">
					<WorkflowsPage />
				</Route>
				<Route path="/workflows/:id">{({ id }) => <WorkflowPage key={id} id={decoded(id)} />}</Route>
				<Route path="/queue">
					<QueuePage />
				</Route>
				<Route path="/alerts/:part?/:item?">
					{({ part, item }) => <AlertsSection part={part} item={item === undefined ? item : decoded(item)} />}
				</Route>
				<Route path="/deadlines/:part?/:item?">
					{({ part, item }) => <DeadlinesPage part={part} item={item === undefined ? item : decoded(item)} />}
				</Route>
				<Route path="/resources">
					<ResourcesPage />
				</Route>
				<Route path="/report">
					<ReportPage />
				</Route>
				<Route path="/settings/:part?/:item?">
					{({ part, item }) => <SettingsPage part={part} item={item === undefined ? item : decoded(item)} />}
				</Route>
				<Route path="/login">
					<SignedIn />
				</Route>
				<Route path="/start">
					<StartPage />
				</Route>
				<Route path="/setup">
					<SignedIn otherwise="/start" />
				</Route>
				<Route>
					<MissingPage />
				</Route>
			</Switch>
		</Suspense>
	);
}

/** Leads from the sign-in page to the one that was asked for; else to another. */
function SignedIn({ otherwise = '/' }: { readonly otherwise?: string }) {
	const [, navigate] = useLocation();
	useEffect(() => navigate(askedPage(otherwise), { replace: true }), [navigate, otherwise]);
	return null;
}

/** The id that a part of the address means; one that cannot be read names nothing. */
function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}
