import type { Http } from './http';
import { instant, list, object, oneOf, optionalText, text } from './read';

/** The levels of the log, from the least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One record of the server's own log. */
export interface LogRecord {
	/** Grows from 1 since the server's start. */
	readonly id: string;
	readonly at: number | null;
	readonly level: LogLevel;
	readonly message: string;
	readonly attributes: readonly (readonly [key: string, value: string])[];
}

export interface LogPage {
	/** Newest first. */
	readonly items: readonly LogRecord[];
	readonly next: string | null;
}

/** What is asked for: a level and all worse ones, and a part of the text; '' is all. */
export interface LogFilter {
	readonly level: LogLevel;
	readonly q: string;
}

const PAGE = 100;

export async function fetchLogs(
	http: Http,
	{ level, q }: LogFilter,
	cursor: string | null,
	signal?: AbortSignal,
): Promise<LogPage> {
	const query = new URLSearchParams({ level, limit: String(PAGE) });
	if (q !== '') query.set('q', q);
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`/api/admin/logs?${query}`, signal));
	return { items: list(o.items).map(readLogRecord), next: optionalText(o.nextCursor) };
}

export function readLogRecord(raw: unknown): LogRecord {
	const o = object(raw);
	return {
		id: text(o.id),
		at: instant(o.at),
		level: oneOf(o.level, LOG_LEVELS, 'info'),
		message: text(o.message),
		attributes: Object.entries(object(o.attributes)).map(([key, value]) => [key, text(value)] as const),
	};
}
