import type { Http } from './http';
import { count, instant, list, number, object, oneOf, optionalText, text } from './read';

/** One attempt at a nightly backup. */
export interface Backup {
	readonly startedAt: number | null;
	readonly durationMs: number;
	/** '' when none came of it. */
	readonly file: string;
	readonly sizeBytes: number;
	readonly databaseBytes: number;
	/** It was restored for a trial and found sound. */
	readonly verified: boolean;
	/** The file is where it was put. */
	readonly present: boolean;
	/** '' when it went well. */
	readonly error: string;
}

export interface Backups {
	readonly enabled: boolean;
	readonly keepDays: number;
	/** When the last one was begun that was proved and is still there. */
	readonly lastGoodAt: number | null;
	/** Newest first. */
	readonly items: readonly Backup[];
	readonly next: string | null;
}

export const STORAGE_LEVELS = ['ok', 'warning', 'critical', 'full'] as const;

/** The room for the data, in bytes; null is unknown. */
export interface Storage {
	readonly level: (typeof STORAGE_LEVELS)[number];
	readonly freeBytes: number;
	readonly usedPercent: number | null;
	readonly databaseBytes: number;
	/** Of the database: what a compaction gives back. */
	readonly unusedBytes: number;
	readonly bytesPerDay: number | null;
	readonly daysUntilFull: number | null;
	readonly captureStopped: boolean;
	readonly recordingStopped: boolean;
}

/** The watch from outside, which raises an alarm when it hears nothing. */
export interface Heartbeat {
	readonly enabled: boolean;
	readonly host: string;
	readonly everyMs: number;
	/** In a row. */
	readonly failures: number;
	readonly heardAt: number | null;
}

const PAGE = 10;
/** A copy of a large database takes its time, in ms. */
const COPY_LIMIT_MS = 60 * 60_000;

export async function fetchBackups(http: Http, cursor: string | null, signal?: AbortSignal): Promise<Backups> {
	const query = new URLSearchParams({ limit: String(PAGE) });
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`/api/admin/backups?${query}`, signal));
	return {
		enabled: o.enabled === true,
		keepDays: count(o.keepDays),
		lastGoodAt: instant(o.lastGoodAt),
		items: list(o.items).map(readBackup),
		next: optionalText(o.nextCursor),
	};
}

/** A copy of the whole database as it is now, with the name that the server gives it. */
export function makeCopy(http: Http): Promise<{ readonly name: string; readonly file: Blob }> {
	return http.download('/api/admin/backup', COPY_LIMIT_MS);
}

export async function fetchStorage(http: Http, signal?: AbortSignal): Promise<Storage> {
	const o = object(await http.get('/api/monitoring/system/storage', signal));
	return {
		level: oneOf(o.level, STORAGE_LEVELS, 'ok'),
		freeBytes: count(o.freeBytes),
		usedPercent: number(o.usedPercent),
		databaseBytes: count(o.databaseBytes),
		unusedBytes: count(o.unusedBytes),
		bytesPerDay: number(o.bytesPerDay),
		daysUntilFull: number(o.daysUntilFull),
		captureStopped: o.captureStopped === true,
		recordingStopped: o.recordingStopped === true,
	};
}

export async function fetchHeartbeat(http: Http, signal?: AbortSignal): Promise<Heartbeat> {
	const o = object(await http.get('/api/admin/heartbeat', signal));
	return {
		enabled: o.enabled === true,
		host: text(o.host),
		everyMs: count(o.everyMs),
		failures: count(o.failures),
		heardAt: instant(o.heardAt),
	};
}

function readBackup(raw: unknown): Backup {
	const o = object(raw);
	return {
		startedAt: instant(o.startedAt),
		durationMs: count(o.durationMs),
		file: text(o.file),
		sizeBytes: count(o.sizeBytes),
		databaseBytes: count(o.databaseBytes),
		verified: o.verified === true,
		present: o.present === true,
		error: text(o.error),
	};
}
