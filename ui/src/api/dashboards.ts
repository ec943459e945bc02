import { RANGES, type RangeName } from '../url/range';
import type { Http } from './http';
import { count, instant, type Json, list, number, object, optionalText, text } from './read';

export const WIDGET_TYPES = [
	'active_executions',
	'failed_executions',
	'system_health',
	'alert_list',
	'workflow_health',
	'queue_status',
	'tax_deadlines',
	'execution_chart',
	'success_rate',
	'performance_metrics',
	'resource_usage',
	'step_breakdown',
	'timeline',
] as const;
export type WidgetType = (typeof WIDGET_TYPES)[number];

/** What somebody set of a widget; null: as usual. */
export interface WidgetConfig {
	readonly workflow: string | null;
	readonly execution: string | null;
	readonly range: RangeName | null;
	readonly limit: number | null;
}

/** Place and size in cells, from the upper left. */
export interface Place {
	readonly x: number;
	readonly y: number;
	readonly w: number;
	readonly h: number;
}

export interface Widget {
	readonly id: string;
	/** One of WIDGET_TYPES, or one that this page does not know. */
	readonly type: string;
	/** '' is the name of its type. */
	readonly title: string;
	readonly config: WidgetConfig;
	/** What was stored, also what this page does not understand. */
	readonly stored: Json;
	readonly place: Place;
}

export interface Dashboard {
	readonly id: string;
	readonly name: string;
	readonly columns: number;
	/** Pixels. */
	readonly rowHeight: number;
	readonly widgets: readonly Widget[];
	/** The viewer begins with it. */
	readonly isDefault: boolean;
	/** Who has chosen none begins with it. */
	readonly isOfficeDefault: boolean;
	/** It is the office's: a change makes an own one under the same id. */
	readonly isOffice: boolean;
	/** Screens show it by a link. */
	readonly hasLink: boolean;
	readonly version: number;
	readonly updatedAt: number | null;
}

/** A screen's link, told once. */
export interface Share {
	readonly url: string;
	readonly expiresAt: number | null;
}

/** The link that exists, without its key, and the screens that were signed in by it. */
export interface ShareState {
	readonly expiresAt: number | null;
	readonly screens: readonly Screen[];
}

export interface Screen {
	readonly id: string;
	readonly signedInAt: number | null;
	readonly lastUsedAt: number | null;
}

export function readConfig(raw: unknown): WidgetConfig {
	const o = object(raw);
	return {
		workflow: optionalText(o.workflowId),
		execution: optionalText(o.executionId),
		range: RANGES.find((one) => one === o.range && one !== 'custom') ?? null,
		limit: number(o.limit),
	};
}

/** Writes a configuration into what was stored; what this page does not know stays. */
export function storeConfig(config: WidgetConfig, stored: Json): Json {
	const known = { workflowId: config.workflow, executionId: config.execution, range: config.range, limit: config.limit };
	return Object.fromEntries(Object.entries({ ...stored, ...known }).filter(([, value]) => value !== null));
}

export function readDashboard(raw: unknown): Dashboard {
	const o = object(raw);
	const layout = object(o.layout);
	return {
		id: text(o.id),
		name: text(o.name),
		columns: number(layout.columns) ?? 12,
		rowHeight: number(layout.rowHeight) ?? 100,
		widgets: list(o.widgets).map(readWidget),
		isDefault: o.isDefault === true,
		isOfficeDefault: o.isOfficeDefault === true,
		isOffice: o.isOffice === true,
		hasLink: o.hasLink === true,
		version: count(o.version),
		updatedAt: instant(o.updatedAt),
	};
}

function readWidget(raw: unknown): Widget {
	const o = object(raw);
	const at = object(o.position);
	return {
		id: text(o.id),
		type: text(o.type),
		title: text(o.title),
		config: readConfig(o.config),
		stored: object(o.config),
		place: { x: count(at.x), y: count(at.y), w: count(at.w), h: count(at.h) },
	};
}

/** What a new dashboard begins with. */
export interface DashboardDraft {
	readonly name: string;
	readonly widgets: readonly Widget[];
	/** Pixels. */
	readonly rowHeight: number;
}

function writeWidgets(widgets: readonly Widget[]): readonly Json[] {
	return widgets.map(({ id, type, title, config, stored, place }) => ({
		id,
		type,
		title,
		config: storeConfig(config, stored),
		position: place,
	}));
}

const BASE = '/api/monitoring/dashboards';
const pathOf = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

/** All that the viewer may open. */
export async function fetchDashboards(http: Http, signal?: AbortSignal): Promise<readonly Dashboard[]> {
	return list(object(await http.get(BASE, signal)).items).map(readDashboard);
}

export async function fetchDashboard(http: Http, id: string, signal?: AbortSignal): Promise<Dashboard> {
	return readDashboard(await http.get(pathOf(id), signal));
}

export async function createDashboard(http: Http, { name, widgets, rowHeight }: DashboardDraft): Promise<Dashboard> {
	return readDashboard(await http.post(BASE, { name, layout: { rowHeight }, widgets: writeWidgets(widgets) }));
}

/** Stores the widgets that a version has now; any other version answers 412. */
export async function changeWidgets(http: Http, id: string, widgets: readonly Widget[], version: number): Promise<Dashboard> {
	return readDashboard(await http.patch(pathOf(id), { widgets: writeWidgets(widgets) }, version));
}

export async function removeDashboard(http: Http, id: string): Promise<void> {
	await http.remove(pathOf(id));
}

/** Makes it the one that the viewer, or everybody in the office who has none, begins with. */
export async function makeDefault(http: Http, id: string, scope: 'user' | 'office'): Promise<void> {
	await http.post(`${pathOf(id)}/default`, { scope });
}

export async function renameDashboard(http: Http, id: string, name: string, version: number): Promise<Dashboard> {
	return readDashboard(await http.patch(pathOf(id), { name }, version));
}

/** Makes the link of a screen; a former one ends. */
export async function shareDashboard(http: Http, id: string): Promise<Share> {
	const o = object(await http.post(`${pathOf(id)}/share`, {}));
	return { url: text(o.url), expiresAt: instant(o.expiresAt) };
}

/** The link that exists. */
export async function fetchShare(http: Http, id: string, signal?: AbortSignal): Promise<ShareState> {
	const o = object(await http.get(`${pathOf(id)}/share`, signal));
	return {
		expiresAt: instant(o.expiresAt),
		screens: list(o.screens).map((item) => {
			const screen = object(item);
			return { id: text(screen.id), signedInAt: instant(screen.signedInAt), lastUsedAt: instant(screen.lastUsedAt) };
		}),
	};
}

/** Takes the link back; its screens are signed out. */
export async function unshareDashboard(http: Http, id: string): Promise<void> {
	await http.remove(`${pathOf(id)}/share`);
}
