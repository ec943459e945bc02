import type { Http } from './http';
import { count, instant, type Json, list, number, object, oneOf, text, texts } from './read';
import { readScrapeSetting, type ScrapeSetting } from './scrapes';

export const CAPTURE_MODES = ['off', 'sizes', 'masked', 'full'] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

/** The numbers of the settings, by their place in the document. */
export const THRESHOLDS = ['cpuWarnPercent', 'memWarnPercent', 'diskWarnPercent', 'queueWarnDepth'] as const;
export const RETENTION = ['stepDataDays', 'rawMetricsDays', 'executionsDays', 'alertHistoryDays', 'auditDays'] as const;

export const SECURITIES = ['starttls', 'tls', 'none'] as const;
export type Security = (typeof SECURITIES)[number];

/** What is kept of step data. */
export interface CaptureRule {
	readonly mode: CaptureMode;
	/** Why step data are kept as they come; '' unless they are. */
	readonly reason: string;
	/** When "full" ends, or did; null for the other modes. */
	readonly until: number | null;
}

/** The mail server. The password is never answered. */
export interface Smtp {
	readonly host: string;
	readonly port: number;
	readonly from: string;
	readonly security: Security;
	readonly username: string;
	readonly hasPassword: boolean;
}

/** The gateway of text messages. The key is never answered. */
export interface Sms {
	readonly url: string;
	readonly sender: string;
	readonly hasKey: boolean;
}

/** A recurring time in which messages below error wait. */
export interface MuteWindow {
	/** '' of a new one. */
	readonly id: string;
	readonly zone: string;
	/** From 0, Sunday, to 6. */
	readonly weekdays: readonly number[];
	/** Of the day. An end at or before the start is of the next day. */
	readonly fromMinute: number;
	readonly toMinute: number;
	/** All day on days off as well. */
	readonly daysOff: boolean;
	readonly reason: string;
}

/** Where an escalation goes: a text such as "email:a@b.pl", or a channel as rules have them. */
export type Destination = string | Json;

/** Whom an alert goes to that nobody took care of. */
export interface Escalation {
	/** A number that is none is kept as it was written, so that the server refuses it. */
	readonly afterMinutes: number | string;
	readonly channels: readonly Destination[];
	/** Outside of them it waits; null: it never does. */
	readonly workingHours: { readonly from: string; readonly to: string } | null;
}

/** What an office sets. */
export interface OfficeSettings {
	readonly version: number;
	readonly thresholds: Readonly<Record<(typeof THRESHOLDS)[number], number | null>>;
	readonly retention: Readonly<Record<(typeof RETENTION)[number], number | null>>;
	readonly capture: CaptureRule;
	/** Workflows of which something else is kept, by their ids. */
	readonly workflows: Readonly<Record<string, CaptureRule>>;
	readonly masking: { readonly keys: readonly string[]; readonly patterns: boolean };
	readonly smtp: Smtp | null;
	readonly sms: Sms | null;
	readonly escalation: readonly Escalation[];
	readonly muteWindows: readonly MuteWindow[];
	/** To whom the report of every morning goes. */
	readonly morningRecipients: readonly string[];
	/** Whose metrics are read. */
	readonly scrapes: readonly ScrapeSetting[];
	readonly publicUrl: string;
	/** Links in messages lead nowhere from other machines. */
	readonly linksLost: boolean;
	/** Secrets that are stored and cannot be opened with the key file, as in "smtp.password". */
	readonly missing: readonly string[];
}

/** A rule as it is sent; null takes it away. */
export type CaptureChange = { readonly stepData: CaptureMode; readonly reason?: string } | null;

/** A merge patch: what is absent stays, null goes. A number that is none is sent as it was written, so that the server refuses it. */
export interface OfficeChange {
	readonly thresholds?: Readonly<Record<string, number | string>>;
	readonly retention?: Readonly<Record<string, number | string>>;
	readonly capture?: {
		readonly stepData?: CaptureMode;
		readonly reason?: string;
		readonly workflows?: Readonly<Record<string, CaptureChange>>;
	};
	readonly masking?: { readonly keys: readonly string[]; readonly patterns: boolean };
	readonly smtp?: Readonly<Record<string, string | number | null>> | null;
	readonly sms?: Readonly<Record<string, string | null>> | null;
	readonly escalation?: readonly Escalation[];
	readonly muteWindows?: readonly MuteWindow[];
	readonly morningReport?: { readonly recipients: readonly string[] };
	readonly scrapes?: readonly ScrapeSetting[];
	readonly publicUrl?: string;
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
	const masking = object(o.masking);
	return {
		version: count(o.version),
		thresholds: numbers(THRESHOLDS, o.thresholds),
		retention: numbers(RETENTION, o.retention),
		capture: readCapture(o.capture),
		workflows: Object.fromEntries(
			Object.entries(object(object(o.capture).workflows)).map(([id, rule]) => [id, readCapture(rule)]),
		),
		masking: { keys: texts(masking.keys), patterns: masking.patterns !== false },
		smtp: readSmtp(o.smtp),
		sms: readSms(o.sms),
		escalation: list(o.escalation).map(readEscalation),
		muteWindows: list(o.muteWindows).map(readMuteWindow),
		morningRecipients: texts(object(o.morningReport).recipients),
		scrapes: list(o.scrapes).map(readScrapeSetting),
		publicUrl: text(o.publicUrl),
		linksLost: list(o.warnings).some((warning) => object(warning).code === 'public_url'),
		missing: texts(o.sealedMissing),
	};
}

function readCapture(value: unknown): CaptureRule {
	const o = object(value);
	return { mode: oneOf(o.stepData, CAPTURE_MODES, 'masked'), reason: text(o.reason), until: instant(o.until) };
}

function readEscalation(value: unknown): Escalation {
	const o = object(value);
	const hours = object(o.workingHours);
	return {
		afterMinutes: count(o.afterMinutes),
		channels: list(o.channels).map((one) => (typeof one === 'string' ? one : object(one))),
		workingHours: o.workingHours == null ? null : { from: text(hours.from), to: text(hours.to) },
	};
}

function readMuteWindow(value: unknown): MuteWindow {
	const o = object(value);
	return {
		id: text(o.id),
		zone: text(o.zone),
		weekdays: list(o.weekdays).flatMap((day) => number(day) ?? []),
		fromMinute: count(o.fromMinute),
		toMinute: count(o.toMinute),
		daysOff: o.daysOff === true,
		reason: text(o.reason),
	};
}

function readSmtp(value: unknown): Smtp | null {
	if (value === null || value === undefined) return null;
	const o = object(value);
	return {
		host: text(o.host),
		port: count(o.port),
		from: text(o.from),
		security: oneOf(o.security, SECURITIES, 'starttls'),
		username: text(o.username),
		hasPassword: text(o.password) !== '',
	};
}

function readSms(value: unknown): Sms | null {
	if (value === null || value === undefined) return null;
	const o = object(value);
	return { url: text(o.url), sender: text(o.sender), hasKey: text(o.apiKey) !== '' };
}

function numbers<Name extends string>(names: readonly Name[], value: unknown): Record<Name, number | null> {
	const o = object(value);
	return Object.fromEntries(names.map((name) => [name, number(o[name])])) as Record<Name, number | null>;
}
