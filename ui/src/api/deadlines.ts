import type { Day } from '../url/day';
import type { Http } from './http';
import { count, instant, type Json, list, number, object, oneOf, optionalText, text, texts } from './read';

/** How near a deadline is, from far to over. */
export const LIGHTS = ['grey', 'blue', 'amber', 'red', 'black'] as const;
export type Light = (typeof LIGHTS)[number];

export const OFF_REASONS = ['holiday', 'sunday', 'saturday'] as const;
export type OffReason = (typeof OFF_REASONS)[number];

export const FORECAST_STATES = ['onTime', 'atRisk', 'late', 'unknown'] as const;
export type ForecastState = (typeof FORECAST_STATES)[number];

export const FORECAST_REASONS = [
	'inTime',
	'usualRunsEndLate',
	'slowRunsEndLate',
	'longerThanUsual',
	'failedRuns',
	'timeIsOver',
	'nothingOpen',
	'tooLittleData',
	'queueStands',
	'runsCapped',
] as const;
export type ForecastReason = (typeof FORECAST_REASONS)[number];

/** Whether the open runs end in time. Times are ms since 1970; null is unknown. */
export interface Forecast {
	readonly state: ForecastState;
	readonly reason: ForecastReason;
	readonly endsAt: number | null;
	readonly expectedAt: number | null;
	readonly openRuns: number;
	readonly sampleSize: number;
}

/** An obligation for one period. */
export interface Deadline {
	readonly rule: string;
	readonly category: string;
	readonly name: string;
	/** 2026-11, 2026-Q4, 2026 or once. */
	readonly period: string;
	readonly nominal: Day;
	/** Nominal, moved if that is a day off. */
	readonly due: Day;
	/** The last working day on which it can be met. */
	readonly actBy: Day;
	/** Working days to actBy, 0 on the day itself. */
	readonly daysLeft: number;
	readonly shifted: boolean;
	readonly offReason: OffReason | null;
	/** Somebody of the office stands for the rule; else it raises nothing. */
	readonly confirmed: boolean;
	readonly light: Light;
	readonly runs: { readonly completed: number; readonly running: number; readonly failed: number };
	/** Clients whose obligation is marked as met. */
	readonly filed: number;
	/** Clients for whom something else holds. */
	readonly clientRules: number;
	readonly forecast: Forecast;
}

export interface Deadlines {
	readonly items: readonly Deadline[];
	/** Only the newest runs were counted. */
	readonly capped: boolean;
}

const BASE = '/api/monitoring/deadlines';

/** What is due from one day to another, both included; of one client with what holds for them. */
export async function fetchDeadlines(
	http: Http,
	range: { readonly from: Day; readonly to: Day; readonly client: string },
	signal?: AbortSignal,
): Promise<Deadlines> {
	const query = new URLSearchParams({ from: range.from, to: range.to });
	if (range.client !== '') query.set('clientRef', range.client);
	const o = object(await http.get(`${BASE}?${query}`, signal));
	return { items: list(o.items).map(readDeadline), capped: o.runsCapped === true };
}

export function readDeadline(raw: unknown): Deadline {
	const o = object(raw);
	const runs = object(o.runs);
	return {
		rule: text(o.rule),
		category: text(o.category),
		name: text(o.name),
		period: text(o.period),
		nominal: text(o.nominal),
		due: text(o.due),
		actBy: text(o.actBy),
		daysLeft: count(o.businessDaysLeft),
		shifted: o.shifted === true,
		offReason: OFF_REASONS.find((one) => one === o.offReason) ?? null,
		confirmed: o.confirmed === true,
		light: oneOf(o.light, LIGHTS, 'grey'),
		runs: { completed: count(runs.completed), running: count(runs.running), failed: count(runs.failed) },
		filed: count(o.filed),
		clientRules: count(o.clientRules),
		forecast: readForecast(o.forecast),
	};
}

function readForecast(raw: unknown): Forecast {
	const o = object(raw);
	return {
		state: oneOf(o.state, FORECAST_STATES, 'unknown'),
		reason: oneOf(o.reason, FORECAST_REASONS, 'tooLittleData'),
		endsAt: instant(o.endsAt),
		expectedAt: instant(o.expectedAt),
		openRuns: count(o.openRuns),
		sampleSize: count(o.sampleSize),
	};
}

/** Whether a deadline may not be met: time is short and nobody marked it, or runs failed or will end late. */
export function endangered(one: Deadline): boolean {
	if (one.light === 'red' && one.filed === 0) return true;
	return one.light !== 'black' && (one.runs.failed > 0 || one.forecast.state === 'late' || one.forecast.state === 'atRisk');
}

/** A client's obligation that somebody marked as met. */
export interface Filing {
	readonly client: string;
	readonly upo: string | null;
	readonly by: string;
	readonly at: number | null;
	/** Marks that this one replaced. */
	readonly former: number;
}

const pathOf = (rule: string, period: string) => `${BASE}/${encodeURIComponent(rule)}/${encodeURIComponent(period)}`;

/** Marks a client's obligation as met. */
export async function fileDeadline(
	http: Http,
	one: { readonly rule: string; readonly period: string },
	client: string,
	upo: string,
): Promise<Filing> {
	return readFiling(
		await http.post(`${pathOf(one.rule, one.period)}/filed`, { clientRef: client, ...(upo === '' ? {} : { upo }) }),
	);
}

function readFiling(raw: unknown): Filing {
	const o = object(raw);
	return {
		client: text(o.clientRef),
		upo: optionalText(o.upo),
		by: text(object(o.filedBy).name),
		at: instant(o.filedAt),
		former: list(o.former).length,
	};
}

/** Everything that proves the obligation, as a zip. */
export function fetchEvidence(http: Http, one: { readonly rule: string; readonly period: string }, client: string) {
	const query = client === '' ? '' : `?${new URLSearchParams({ clientRef: client })}`;
	return http.file(`${pathOf(one.rule, one.period)}/evidence${query}`);
}

export const DUE_TYPES = [
	'dayOfMonthAfterPeriod',
	'endOfMonthAfterPeriod',
	'fixedDate',
	'endOfMonth',
	'dayOfMonthInPeriod',
	'daysAfterPeriodEnd',
	'nthBusinessDayAfterPeriod',
	'date',
	'businessDaysAfterEvent',
	'daysAfterEvent',
	'monthsAfterEvent',
	'hoursAfterEvent',
] as const;
export type DueType = (typeof DUE_TYPES)[number];

/** Which day is meant; which numbers count depends on the type. */
export interface Due {
	readonly type: DueType;
	readonly months: number;
	readonly day: number;
	readonly month: number;
	readonly yearOffset: number;
	readonly days: number;
	readonly n: number;
	readonly hours: number;
	readonly date: Day | null;
}

export const SHIFTS = ['nextBusinessDay', 'previousBusinessDay', 'none'] as const;

export interface Confirmation {
	readonly by: string;
	readonly at: number | null;
	readonly source: string;
	readonly validUntil: Day | null;
}

/** A rule of deadlines: a template until somebody of the office confirms it. */
export interface DeadlineRule {
	readonly id: string;
	readonly category: string;
	readonly name: string;
	readonly who: string;
	readonly period: string;
	readonly due: Due;
	readonly shift: (typeof SHIFTS)[number];
	readonly legalBasis: readonly string[];
	readonly source: string;
	/** S read in a source, M from memory, U uncertain. */
	readonly confidence: string;
	readonly mustRecheck: boolean;
	readonly enabled: boolean;
	readonly note: string;
	readonly confirmed: boolean;
	readonly confirm: Confirmation | null;
	readonly office: boolean;
	readonly newTemplate: boolean;
	readonly version: number;
	/** All of it as it was answered: what is changed goes back within it. */
	readonly stored: Json;
}

/** One change of a rule. */
export interface RuleChange {
	readonly version: number;
	readonly kind: 'changed' | 'confirmed';
	readonly by: string;
	readonly at: number | null;
	readonly reason: string;
}

export interface RuleStatus {
	readonly rule: DeadlineRule;
	/** Newest first. */
	readonly history: readonly RuleChange[];
}

const RULES = `${BASE}/rules`;
const rulePath = (id: string) => `${RULES}/${encodeURIComponent(id)}`;

export async function fetchDeadlineRules(http: Http, signal?: AbortSignal): Promise<readonly DeadlineRule[]> {
	return list(object(await http.get(RULES, signal)).items).map(readRule);
}

export async function fetchDeadlineRule(http: Http, id: string, signal?: AbortSignal): Promise<RuleStatus> {
	const raw = await http.get(rulePath(id), signal);
	return { rule: readRule(raw), history: list(object(raw).history).map(readChange) };
}

/** Stands for a rule as it is in a version; any other answers 412. */
export async function confirmRule(
	http: Http,
	rule: DeadlineRule,
	on: { readonly source: string; readonly validUntil: Day | null },
): Promise<DeadlineRule> {
	const until = on.validUntil === null ? {} : { validUntil: on.validUntil };
	return readRule(await http.post(`${rulePath(rule.id)}/confirm`, { version: rule.version, source: on.source, ...until }));
}

/** What can be changed of a rule here; the rest stays as it was answered. */
export interface RuleEdit {
	readonly name: string;
	readonly due: Due;
	readonly shift: DeadlineRule['shift'];
	readonly note: string;
	readonly enabled: boolean;
}

export async function changeDeadlineRule(http: Http, rule: DeadlineRule, edit: RuleEdit, reason: string): Promise<DeadlineRule> {
	const { history: _, ...stored } = rule.stored;
	const name = { ...object(stored.name), pl: edit.name };
	const body = { ...stored, name, due: writeDue(edit.due), shift: edit.shift, note: edit.note, enabled: edit.enabled };
	return readRule(await http.put(rulePath(rule.id), { ...body, version: rule.version, reason }));
}

/** The rule with other values, as a draft of an edit. */
export function editOf(rule: DeadlineRule): RuleEdit {
	return { name: rule.name, due: rule.due, shift: rule.shift, note: rule.note, enabled: rule.enabled };
}

const NUMBERS: Readonly<Partial<Record<DueType, readonly DueNumber[]>>> = {
	dayOfMonthAfterPeriod: ['months', 'day'],
	endOfMonthAfterPeriod: ['months'],
	fixedDate: ['month', 'day', 'yearOffset'],
	endOfMonth: ['month', 'yearOffset'],
	dayOfMonthInPeriod: ['day'],
	daysAfterPeriodEnd: ['days'],
	nthBusinessDayAfterPeriod: ['n'],
	businessDaysAfterEvent: ['n'],
	daysAfterEvent: ['days'],
	monthsAfterEvent: ['months'],
	hoursAfterEvent: ['hours'],
};
export type DueNumber = 'months' | 'day' | 'month' | 'yearOffset' | 'days' | 'n' | 'hours';

/** The numbers that a type of day needs. */
export function numbersOf(type: DueType): readonly DueNumber[] {
	return NUMBERS[type] ?? [];
}

export function writeDue(due: Due): Json {
	const numbers = Object.fromEntries(numbersOf(due.type).map((name) => [name, due[name]]));
	return { type: due.type, ...numbers, ...(due.type === 'date' && due.date !== null ? { date: due.date } : {}) };
}

export function readDue(raw: unknown): Due {
	const o = object(raw);
	return {
		type: oneOf(o.type, DUE_TYPES, 'dayOfMonthAfterPeriod'),
		months: count(o.months),
		day: count(o.day),
		month: count(o.month),
		yearOffset: count(o.yearOffset),
		days: count(o.days),
		n: count(o.n),
		hours: count(o.hours),
		date: optionalText(o.date),
	};
}

export function readRule(raw: unknown): DeadlineRule {
	const o = object(raw);
	const confirm = object(o.confirm);
	return {
		id: text(o.id),
		category: text(o.category),
		name: text(object(o.name).pl),
		who: text(object(o.who).pl),
		period: text(o.period),
		due: readDue(o.due),
		shift: oneOf(o.shift, SHIFTS, 'none'),
		legalBasis: texts(o.legalBasis),
		source: text(object(o.source).text),
		confidence: text(o.confidence),
		mustRecheck: o.mustRecheck === true,
		enabled: o.enabled === true,
		note: text(o.note),
		confirmed: o.confirmed === true,
		confirm:
			o.confirm === null || o.confirm === undefined
				? null
				: {
						by: text(object(confirm.by).name),
						at: instant(confirm.at),
						source: text(confirm.source),
						validUntil: optionalText(confirm.validUntil),
					},
		office: o.origin === 'office',
		newTemplate: o.newTemplate === true,
		version: count(o.version),
		stored: o,
	};
}

function readChange(raw: unknown): RuleChange {
	const o = object(raw);
	return {
		version: count(o.version),
		kind: o.change === 'confirmed' ? 'confirmed' : 'changed',
		by: text(object(o.by).name),
		at: instant(o.at),
		reason: text(o.reason),
	};
}

/** What holds for a client instead of a rule. */
export interface ClientRule {
	readonly client: string;
	readonly version: number;
	readonly applies: boolean;
	/** null: the rule's. */
	readonly due: Due | null;
	/** Month in which the client's years end; null: December. */
	readonly fiscalYearEnd: number | null;
	readonly exceptions: number;
	readonly reason: string;
	readonly docRef: string;
	readonly by: string;
	readonly at: number | null;
}

export interface ClientRulePage {
	readonly items: readonly ClientRule[];
	readonly next: string | null;
}

export async function fetchClientRules(
	http: Http,
	id: string,
	cursor: string | null,
	signal?: AbortSignal,
): Promise<ClientRulePage> {
	const query = new URLSearchParams({ limit: '50' });
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`${rulePath(id)}/clients?${query}`, signal));
	return { items: list(o.items).map(readClientRule), next: optionalText(o.nextCursor) };
}

/** What is said about a client: that the rule does not concern them, another day, another one for one period, or another end of their year. */
export interface ClientRuleDraft {
	readonly client: string;
	readonly applies: boolean;
	readonly due: Due | null;
	/** A day that holds for one period only, as after a postponement. */
	readonly postponed: { readonly period: string; readonly date: string } | null;
	readonly fiscalYearEnd: number | null;
	readonly reason: string;
	readonly docRef: string;
}

export async function putClientRule(http: Http, id: string, draft: ClientRuleDraft): Promise<void> {
	await http.put(`${rulePath(id)}/clients`, {
		clientRef: draft.client,
		applies: draft.applies,
		due: draft.due === null ? null : writeDue(draft.due),
		exceptions: draft.postponed === null ? [] : [exceptionOf(draft.postponed, draft.docRef)],
		...(draft.fiscalYearEnd === null ? {} : { fiscalYearEnd: draft.fiscalYearEnd }),
		reason: draft.reason,
		...(draft.docRef === '' ? {} : { docRef: draft.docRef }),
	});
}

function exceptionOf({ period, date }: { readonly period: string; readonly date: string }, basis: string): Json {
	return { period, due: { type: 'date', date }, ...(basis === '' ? {} : { basis }) };
}

export async function removeClientRule(http: Http, id: string, one: ClientRule): Promise<void> {
	const query = new URLSearchParams({ clientRef: one.client });
	await http.remove(`${rulePath(id)}/clients?${query}`, one.version);
}

function readClientRule(raw: unknown): ClientRule {
	const o = object(raw);
	const end = number(o.fiscalYearEnd);
	return {
		client: text(o.clientRef),
		version: count(o.version),
		applies: o.applies !== false,
		due: o.due === null || o.due === undefined ? null : readDue(o.due),
		fiscalYearEnd: end === null || end === 0 ? null : end,
		exceptions: list(o.exceptions).length,
		reason: text(o.reason),
		docRef: text(o.docRef),
		by: text(object(o.by).name),
		at: instant(o.at),
	};
}

/** How one client's obligation stands, those that need somebody first. */
export const CLIENT_STATES = ['failed', 'notStarted', 'running', 'completed', 'filed'] as const;
export type ClientState = (typeof CLIENT_STATES)[number];

export interface DeadlineClient {
	readonly client: string;
	readonly state: ClientState;
	readonly filing: Filing | null;
}

export interface DeadlineClients {
	readonly items: readonly DeadlineClient[];
	/** There are more. */
	readonly capped: boolean;
}

export async function fetchDeadlineClients(
	http: Http,
	one: { readonly rule: string; readonly period: string },
	signal?: AbortSignal,
): Promise<DeadlineClients> {
	const o = object(await http.get(`${pathOf(one.rule, one.period)}/clients`, signal));
	return {
		items: list(o.items).map((raw) => {
			const item = object(raw);
			return {
				client: text(item.clientRef),
				state: oneOf(item.state, CLIENT_STATES, 'notStarted'),
				filing: item.filing === null || item.filing === undefined ? null : readFiling(item.filing),
			};
		}),
		capped: o.capped === true,
	};
}
