import type { Timeline, TimelineRow } from '../../api/timeline';
import type { Language, Translate } from '../../i18n/translate';

type Cell = string | number | null;

/** What the table and the file tell of each step: lengths in ms, offsets from the start. */
export const COLUMNS = [
	['name', (row) => row.name],
	['stepId', (row) => row.id],
	['status', (row, t) => t(`step.${row.status}`)],
	['offset', (row) => row.startMs],
	['wait', (row) => (row.startMs === null ? null : row.waitMs)],
	['duration', (row) => row.durationMs],
	['share', (row) => row.sharePercent],
	['attempts', (row) => (row.startMs === null ? null : Math.max(1, row.attempt))],
	['average', (row) => row.average?.durationMs ?? null],
	['p50', (row) => row.average?.p50 ?? null],
	['p95', (row) => row.average?.p95 ?? null],
	['runs', (row) => row.average?.runs ?? null],
	['deviation', (row) => row.average?.deviationPercent ?? null],
	['critical', (row, t) => (row.critical ? t('timeline.critical') : null)],
	['slowest', (row, t) => (row.slowest ? t('timeline.slowest') : null)],
] as const satisfies readonly (readonly [string, (row: TimelineRow, t: Translate) => Cell])[];

/** The timeline as a file: in Polish as spreadsheets of offices here read it, else plain. */
export function timelineCsv(timeline: Timeline, t: Translate, language: Language): string {
	const polish = language === 'pl';
	const separator = polish ? ';' : ',';
	const write = (cell: Cell) => {
		if (cell === null) return '';
		if (typeof cell === 'number') return polish ? String(cell).replace('.', ',') : String(cell);
		return quoted(cell, separator);
	};
	const head = COLUMNS.map(([name]) => quoted(t(`timeline.col.${name}`), separator));
	const lines = timeline.rows.map((row) => COLUMNS.map(([, cell]) => write(cell(row, t))).join(separator));
	return `${polish ? '\ufeff' : ''}${[head.join(separator), ...lines, ''].join(polish ? '\r\n' : '\n')}`;
}

/** A text that a spreadsheet would take for a formula is marked as a text. */
function quoted(text: string, separator: string): string {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return safe.includes(separator) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
