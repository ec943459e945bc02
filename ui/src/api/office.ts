import type { Http } from './http';
import { count, number, object, text } from './read';

export const CAPTURE_MODES = ['off', 'sizes', 'masked', 'full'] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

/** The numbers of the settings, by their place in the document. */
export const THRESHOLDS = ['cpuWarnPercent', 'memWarnPercent', 'diskWarnPercent', 'queueWarnDepth'] as const;
export const RETENTION = ['stepDataDays', 'rawMetricsDays', 'executionsDays', 'alertHistoryDays', 'auditDays'] as const;

/** What an office sets, as far as the page shows it. */
export interface OfficeSettings {
	readonly version: number;
	readonly thresholds: Readonly<Record<(typeof THRESHOLDS)[number], number | null>>;
	readonly retention: Readonly<Record<(typeof RETENTION)[number], number | null>>;
	readonly capture: CaptureMode;
	/** Why step data are kept as they come; '' unless they are. */
	readonly captureReason: string;
	readonly publicUrl: string;
}

/** A merge patch: what is absent stays. */
export interface OfficeChange {
	readonly thresholds: Readonly<Record<string, number>>;
	readonly retention: Readonly<Record<string, number>>;
	readonly capture?: { readonly stepData: CaptureMode; readonly reason?: string };
	readonly publicUrl: string;
}

const SETTINGS = '/api/admin/settings';

export async function fetchOffice(http: Http, signal?: AbortSignal): Promise<OfficeSettings> {
	return readOffice(await http.get(SETTINGS, signal));
}

/** Changes the settings if nobody else has since: otherwise 412. */
export async function changeOffice(http: Http, change: OfficeChange, version: number): Promise<OfficeSettings> {
	return readOffice(await http.patch(SETTINGS, change, version));
}

export function readOffice(value: unknown): OfficeSettings {
	const o = object(value);
	const capture = object(o.capture);
	return {
		version: count(o.version),
		thresholds: numbers(THRESHOLDS, o.thresholds),
		retention: numbers(RETENTION, o.retention),
		capture: CAPTURE_MODES.find((mode) => mode === capture.stepData) ?? 'masked',
		captureReason: text(capture.reason),
		publicUrl: text(o.publicUrl),
	};
}

function numbers<Name extends string>(names: readonly Name[], value: unknown): Record<Name, number | null> {
	const o = object(value);
	return Object.fromEntries(names.map((name) => [name, number(o[name])])) as Record<Name, number | null>;
}
