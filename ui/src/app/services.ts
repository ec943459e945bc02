import { QueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { fetchOpenAlerts } from '../api/alerts';
import { fetchExecutions } from '../api/executions';
import { ApiError, Http } from '../api/http';
import { chosenLanguage } from '../i18n/language';
import { AlertBoard } from '../live/alertboard';
import { Clock } from '../live/clock';
import { Connection, type SocketLike } from '../live/connection';
import { ExecutionList } from '../live/executionlist';
import { Feed, nextFrame } from '../live/feed';
import { LIVE_PATH } from '../live/protocol';
import { Signal } from '../live/signal';
import { Ticker } from '../live/ticker';
import { Whole } from '../live/whole';
import { type ExecutionFilter, serializeFilter } from '../url/filter';
import { Alarm } from './alarm';
import { Leaving } from './leaving';
import { Session } from './session';
import { StartChoices } from './start/choices';
import { ThemeChoice } from './theme';

/** Everything that outlives a page: made once, handed down by context. */
export interface Services {
	readonly http: Http;
	/** Whether the last request was answered. */
	readonly reached: Signal<boolean>;
	readonly session: Session;
	readonly clock: Clock;
	readonly ticker: Ticker;
	readonly feed: Feed;
	readonly connection: Connection;
	readonly whole: Whole;
	readonly queries: QueryClient;
	/** The organisation's open alerts. */
	readonly alerts: AlertBoard;
	readonly alarm: Alarm;
	readonly theme: ThemeChoice;
	readonly start: StartChoices;
	readonly leaving: Leaving;
	/** The list of a filter; the last one is kept, so that coming back finds it as it was. */
	readonly listOf: (filter: ExecutionFilter) => ExecutionList;
	/** Lets go of the list that is kept: executions were removed by their age, of which no live change tells. */
	readonly forgetList: () => void;
	/** Asks the list that is kept to compare with the server. */
	readonly refreshList: () => void;
}

export function createServices(): Services {
	const reached = new Signal(true);
	const http = new Http({
		fetch: fetch.bind(window),
		language: chosenLanguage,
		onUnauthorized: () => session.leave(),
		onReach: (now) => reached.set(now),
	});
	const session = new Session(http);
	const clock = new Clock();
	const ticker = new Ticker(clock.now);
	const feed = new Feed(nextFrame, clock.now);
	const alerts = new AlertBoard((signal) => fetchOpenAlerts(http, signal));
	const whole = new Whole();
	const connection = new Connection({
		open: openSocket,
		clock,
		onFrame: (frame, interest) => {
			feed.take(frame, interest);
			alerts.take(frame);
			whole.take(frame);
		},
		onUnauthorized: () => void session.check(),
	});
	const queries = new QueryClient({
		defaultOptions: { queries: { retry: retries, refetchOnWindowFocus: false, staleTime: 5_000 } },
	});
	const kept = lists(http, clock, connection, feed);
	session.departures.subscribe(() => {
		// Also what a pause holds back.
		feed.take({ kind: 'resync', erased: true }, null);
		kept.forgetList();
		queries.clear();
		alerts.clear();
		connection.forget();
	});
	return {
		http,
		reached,
		session,
		clock,
		ticker,
		feed,
		connection,
		whole,
		queries,
		alerts,
		alarm: new Alarm(),
		theme: new ThemeChoice(),
		start: new StartChoices(),
		leaving: new Leaving(),
		...kept,
	};
}

function lists(
	http: Http,
	clock: Clock,
	connection: Connection,
	feed: Feed,
): Pick<Services, 'listOf' | 'forgetList' | 'refreshList'> {
	let last: { key: string; list: ExecutionList } | null = null;
	// Also the list that no page shows now is to hold nothing that was erased.
	feed.listen(({ resync }) => {
		if (resync) last?.list.apply({ executions: [], steps: [], resync });
	});
	const listOf = (filter: ExecutionFilter) => {
		const key = serializeFilter(filter);
		if (last?.key === key) return last.list;
		last?.list.stop();
		const list = new ExecutionList(
			filter,
			(cursor, limit, signal) => fetchExecutions(http, { filter, cursor, limit }, clock.now(), signal),
			() => connection.heard(),
			clock.now,
		);
		last = { key, list };
		return list;
	};
	const forgetList = () => {
		last?.list.stop();
		last = null;
	};
	return { listOf, forgetList, refreshList: () => last?.list.refresh() };
}

function openSocket(protocol: string): SocketLike {
	const url = new URL(LIVE_PATH, location.href);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	const socket = new WebSocket(url, protocol);
	const like: SocketLike = {
		onmessage: null,
		onclose: null,
		send: (data) => {
			// One that is closing would complain on the console; its end is told by onclose.
			if (socket.readyState === WebSocket.OPEN) socket.send(data);
		},
		close: (code, reason) => socket.close(code, reason),
	};
	socket.onmessage = (event) => like.onmessage?.(event);
	socket.onclose = (event) => like.onclose?.(event);
	return like;
}

/** What the server refused is not asked again; what got lost is, twice. */
function retries(failures: number, error: unknown): boolean {
	return failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
	const services = use(ServicesContext);
	if (services === null) throw new Error('BUG: no services');
	return services;
}
