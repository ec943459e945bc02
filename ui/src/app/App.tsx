import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { ExecutionPage } from '../pages/execution/ExecutionPage';
import { ExecutionsPage } from '../pages/executions/ExecutionsPage';
import { askedPage } from '../pages/login/asked';
import { LoginPage } from '../pages/login/LoginPage';
import { SetupPage } from '../pages/login/SetupPage';
import { MissingPage } from '../pages/missing/MissingPage';
import { SettingsPage } from '../pages/settings/SettingsPage';
import { useSignal } from './hooks';
import { Shell } from './Shell';
import { useServices } from './services';

const AlertsSection = lazy(() => import('../pages/alerts/AlertsSection'));

/** Chooses between the sign-in page and the framed pages. */
export function App() {
	const { session, connection, ticker, queries, alerts } = useServices();
	const state = useSignal(session.state);
	const signedIn = state.phase === 'in';
	const [path] = useLocation();
	const signingIn = path === '/login' && location.hash.includes('key=');
	const settingUp = path === '/setup' && !signedIn;

	useEffect(() => {
		if (!signingIn && !settingUp && session.state.get().phase === 'unknown') void session.check();
	}, [session, signingIn, settingUp]);

	useEffect(() => {
		if (!signedIn) return;
		connection.start();
		ticker.start();
		return () => {
			connection.stop();
			ticker.stop();
			alerts.clear();
		};
	}, [signedIn, connection, ticker, alerts]);

	useFrozenTimeOffline();

	if (settingUp) return <SetupPage />;
	if (state.phase === 'out' || signingIn) return <LoginPage />;
	if (state.phase === 'unknown' && !state.likely) return null;
	return (
		<QueryClientProvider client={queries}>
			<Shell>
				<Switch>
					<Route path="/" component={ExecutionsPage} />
					<Route path="/executions" component={ExecutionsPage} />
					<Route path="/executions/:id">{({ id }) => <ExecutionPage key={id} id={decoded(id)} />}</Route>
					<Route path="/alerts/:part?/:item?">
						{({ part, item }) => (
							<Suspense fallback={<Waiting />}>
								<AlertsSection part={part} item={item === undefined ? item : decoded(item)} />
							</Suspense>
						)}
					</Route>
					<Route path="/settings/:part?/:item?">
						{({ part, item }) => <SettingsPage part={part} item={item === undefined ? item : decoded(item)} />}
					</Route>
					<Route path="/login" component={SignedIn} />
					<Route path="/setup" component={SignedIn} />
					<Route>
						<MissingPage />
					</Route>
				</Switch>
			</Shell>
		</QueryClientProvider>
	);
}

/** Stands for a page whose program is being fetched. */
function Waiting() {
	return <main id="content" tabIndex={-1} aria-busy="true" />;
}

/** Leads from the sign-in page to the one that was asked for. */
function SignedIn() {
	const [, navigate] = useLocation();
	useEffect(() => navigate(askedPage(), { replace: true }), [navigate]);
	return null;
}

/** The id that a part of the address means; one that cannot be read names no execution. */
function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** While there is no connection, running times and spinners stand still: nobody knows whether they still run. */
function useFrozenTimeOffline(): void {
	const { connection, ticker } = useServices();
	useEffect(() => {
		const follow = () => {
			const { state } = connection.link.get();
			ticker.freeze(state === 'offline');
			document.documentElement.dataset.link = state;
		};
		follow();
		return connection.link.subscribe(follow);
	}, [connection, ticker]);
}
