import { RANGES, type RangeName } from './range';

/** What the address says of a dashboard: it is laid over what its widgets have set. Null: nothing. */
export interface BoardQuery {
	/** Any but 'custom', whose ends no widget can hold. */
	readonly range: RangeName | null;
	readonly workflow: string | null;
	/** The id of the widget that is shown large. */
	readonly widget: string | null;
}

export const BOARD_RANGES: readonly RangeName[] = RANGES.filter((name) => name !== 'custom');

export function parseBoardQuery(search: string): BoardQuery {
	const query = new URLSearchParams(search);
	return {
		range: BOARD_RANGES.find((name) => name === query.get('range')) ?? null,
		workflow: query.get('workflow') || null,
		widget: query.get('widget') || null,
	};
}

/** Writes it as a query string without '?'. Keys it does not own are kept from former. */
export function serializeBoardQuery(board: BoardQuery, former = ''): string {
	const query = new URLSearchParams(former);
	for (const key of ['range', 'workflow', 'widget'] as const) {
		const value = board[key];
		if (value === null) query.delete(key);
		else query.set(key, value);
	}
	return query.toString();
}
