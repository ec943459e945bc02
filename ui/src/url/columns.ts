export const COLUMNS = ['status', 'workflow', 'client', 'step', 'progress', 'start', 'time', 'priority'] as const;
export type Column = (typeof COLUMNS)[number];

/** Reads which columns of the list were chosen; null: the usual ones. The workflow, which leads to the execution, is always among them. */
export function parseColumns(search: string): readonly Column[] | null {
	const asked = new URLSearchParams(search).get('cols')?.split(',') ?? [];
	const known = COLUMNS.filter((column) => column === 'workflow' || asked.includes(column));
	return known.length > 1 || asked.includes('workflow') ? known : null;
}

/** Writes a choice of columns as a query string without '?'. Keys it does not own are kept from former. */
export function serializeColumns(columns: readonly Column[] | null, former: string): string {
	const query = new URLSearchParams(former);
	if (columns === null || columns.length === COLUMNS.length) query.delete('cols');
	else query.set('cols', columns.join(','));
	return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}
