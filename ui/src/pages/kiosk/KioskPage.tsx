import { useQuery } from '@tanstack/react-query';
import { MonitorX } from 'lucide-react';
import { type CSSProperties, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { fetchDashboards } from '../../api/dashboards';
import { AlertWatch } from '../../app/AlertWatch';
import { useSignal, useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { parseBoardQuery } from '../../url/boardquery';
import { DashboardGrid, inEffect } from '../../widgets/DashboardGrid';
import { WidgetFrame } from '../../widgets/WidgetFrame';
import styles from './kiosk.module.css';
import { LeaveScreen } from './LeaveScreen';
import { parseRotation, type Turns, turned } from './rotation';
import { useReloadWhenOutdated, useRestingPointer, useShift, useWakeLock, useWallTheme } from './useWall';
import { WallBanner } from './WallBanner';
import { WallHead } from './WallHead';

/** A changed dashboard is seen on the wall after this long, in ms. */
const LOOK_MS = 60_000;

/** Dashboards on a screen that nobody sits at: large, dark, in turns, never asking for anything. */
export default function KioskPage({ first }: { readonly first: string }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const rotation = useMemo(() => parseRotation(first, location.search), [first]);
	const query = useMemo(() => parseBoardQuery(location.search), []);
	const { data, error, refetch } = useQuery({
		queryKey: ['dashboards'],
		queryFn: ({ signal }) => fetchDashboards(http, signal),
		refetchInterval: LOOK_MS,
	});
	const boards = rotation.ids.flatMap((id) => data?.find((one) => one.id === id) ?? []);
	const turn = useTurns(boards.length, rotation.everySeconds);
	const board = boards[turn.at] ?? boards[0];
	const leaving = useLeaving(first);
	useKeys({ ...turn, leave: leaving.ask });
	useWallTheme();
	useWakeLock();
	useReloadWhenOutdated();
	const name = board?.name ?? t('nav.dashboard');
	useTitle(name);
	const shift = useShift();
	const resting = useRestingPointer();
	return (
		<main
			id="content"
			className={styles.wall}
			data-page="kiosk"
			data-dashboard-id={board?.id ?? ''}
			data-resting={resting}
			style={{ translate: shift, '--zoom': rotation.zoom } as CSSProperties}
			onClickCapture={keepHere}
		>
			<WallBanner />
			<WallHead name={name} count={boards.length} turn={turn} everySeconds={rotation.everySeconds} />
			{data === undefined && error === null && <Skeleton label={t('dash.loading')} rows={8} />}
			{data === undefined && error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			{data !== undefined && board === undefined && <Notice icon={MonitorX} title={t('dash.missing')} />}
			{board !== undefined && (
				<div className={styles.board}>
					<DashboardGrid key={board.id} dashboard={board}>
						{(widget) => <WidgetFrame key={widget.id} widget={widget} config={inEffect(widget.config, query)} tools={{}} still />}
					</DashboardGrid>
				</div>
			)}
			{leaving.asking && <LeaveScreen onStay={leaving.stay} onLeave={leaving.leave} />}
			<AlertWatch />
		</main>
	);
}

/** Links lead nowhere: what the screen shows it goes on showing. */
function keepHere(event: MouseEvent): void {
	if (event.target instanceof Element && event.target.closest('a') !== null) event.preventDefault();
}

/** Which of several dashboards is shown now. */
function useTurns(count: number, everySeconds: number): Turns {
	const [at, setAt] = useState(0);
	const [paused, setPaused] = useState(false);
	const shown = count === 0 ? 0 : at % count;
	// biome-ignore lint/correctness/useExhaustiveDependencies: whoever turns by hand gets the whole time
	useEffect(() => {
		if (paused || count < 2) return;
		const timer = setTimeout(() => setAt((one) => turned(count, one, 1)), everySeconds * 1_000);
		return () => clearTimeout(timer);
	}, [paused, count, everySeconds, at]);
	return {
		at: shown,
		paused,
		next: () => setAt(turned(count, shown, 1)),
		previous: () => setAt(turned(count, shown, -1)),
		pause: () => setPaused(!paused),
	};
}

interface Keys extends Turns {
	readonly leave: () => void;
}

function useKeys(keys: Keys): void {
	const latest = useRef(keys);
	latest.current = keys;
	useEffect(() => {
		const press = (event: KeyboardEvent) => {
			// A window that asks something has keys of its own.
			if (event.target instanceof HTMLButtonElement || document.querySelector('dialog[open]') !== null) return;
			const { next, previous, pause, leave } = latest.current;
			const action = { ArrowRight: next, ArrowLeft: previous, ' ': pause, Escape: leave }[event.key];
			if (action === undefined) return;
			event.preventDefault();
			action();
		};
		addEventListener('keydown', press);
		return () => removeEventListener('keydown', press);
	}, []);
}

/** Leaving: a person goes back to the page, a screen is signed out, which is asked before. */
function useLeaving(id: string) {
	const { session } = useServices();
	const state = useSignal(session.state);
	const [, navigate] = useLocation();
	const [asking, setAsking] = useState(false);
	const isScreen = state.phase === 'in' && state.viewer?.screenOf != null;
	return {
		asking,
		ask: () => (isScreen ? setAsking(true) : navigate(`/d/${encodeURIComponent(id)}`)),
		stay: () => setAsking(false),
		leave: () => {
			void session.signOut();
			navigate('/', { replace: true });
		},
	};
}
