import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Router, useLocation } from 'wouter';
import { ScreenDoor } from '../pages/kiosk/ScreenDoor';
import { LoginPage } from '../pages/login/LoginPage';
import { SetupPage } from '../pages/login/SetupPage';
import { useSignal } from './hooks';
import { Pages } from './Pages';
import { Shell } from './Shell';
import { useServices } from './services';
import { useScreenKey } from './useScreenKey';

const KioskPage = lazy(() => import('../pages/kiosk/KioskPage'));

/** Chooses between the sign-in page, a screen on the wall, and the framed pages. */
export function App() {
	const { session, connection, ticker, queries, leaving } = useServices();
	const state = useSignal(session.state);
	const signedIn = state.phase === 'in';
	const departures = useSignal(session.departures);
	const [path] = useLocation();
	const signingIn = path === '/login' && location.hash.includes('key=');
	const settingUp = path === '/setup' && !signedIn;
	const screen = screenOf(path);
	const entry = useScreenKey(screen);

	useEffect(() => {
		if (!signingIn && !settingUp && entry === 'open' && session.state.get().phase === 'unknown') void session.check();
	}, [session, signingIn, settingUp, entry]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: another person has a connection of their own
	useEffect(() => {
		if (!signedIn) return;
		connection.start();
		ticker.start();
		return () => {
			connection.stop();
			ticker.stop();
		};
	}, [signedIn, departures, connection, ticker]);

	useFrozenTimeOffline();

	if (settingUp) return <SetupPage />;
	if (screen !== null && entry !== 'open') return <ScreenDoor refused={entry === 'refused'} />;
	if (state.phase === 'out' || signingIn) return <LoginPage />;
	if (state.phase === 'unknown' && (!state.likely || screen !== null)) return null;
	const shows = state.phase === 'in' ? (state.viewer?.screenOf ?? null) : null;
	// A screen shows its dashboards and nothing else.
	if (shows !== null && screen === null) return <Redirect to={`/kiosk/${encodeURIComponent(shows)}`} replace />;
	return (
		<QueryClientProvider key={departures} client={queries}>
			{screen === null ? (
				<Router aroundNav={leaving.around}>
					<Shell>
						<Pages />
					</Shell>
				</Router>
			) : (
				<Suspense fallback={null}>
					<KioskPage first={screen} />
				</Suspense>
			)}
		</QueryClientProvider>
	);
}

/** The id of the dashboard that an address shows on a screen; null when it is another page. */
function screenOf(path: string): string | null {
	const id = /^\/kiosk\/([^/]+)\/?$/.exec(path)?.[1];
	if (id === undefined) return null;
	try {
		return decodeURIComponent(id);
	} catch {
		return id;
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
