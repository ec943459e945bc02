import type { Language } from '../i18n/translate';

export type Cell = string | number | null;

/** A table as a file that the spreadsheet of the language opens as it is: Polish with a semicolon, a decimal comma and a mark of its encoding. */
export function csvOf(rows: readonly (readonly Cell[])[], language: Language): string {
	const polish = language === 'pl';
	const separator = polish ? ';' : ',';
	const lines = rows.map((row) => row.map((cell) => quoted(writtenCell(cell, polish), separator)).join(separator));
	return `${polish ? '\uFEFF' : ''}${lines.join('\r\n')}\r\n`;
}

function writtenCell(cell: Cell, polish: boolean): string {
	if (cell === null) return '';
	if (typeof cell === 'number') return polish ? String(cell).replace('.', ',') : String(cell);
	// A spreadsheet would reckon with what begins like this.
	return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string, separator: string): string {
	return cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
