/** Digits of a file's part of a name, to the base of 36. */
const DIGITS = 4;

/**
 * Makes the function that names the classes of the built page: by the file and the place of the class in it, because longer names compress worse. The same file
 * has the same names on every machine. Two files that share their part are an error of the build, not a style that is wrong.
 */
export function styleNames(): (name: string, path: string) => string {
	const files = new Map<string, { readonly file: string; readonly names: Map<string, number> }>();
	return (name, path) => {
		const file = path
			.replaceAll('\\', '/')
			.replace(/^.*\/src\//, '')
			.replace(/\?.*$/, '');
		const part = digest(file);
		const known = files.get(part) ?? { file, names: new Map<string, number>() };
		if (known.file !== file) throw new Error(`${file} and ${known.file} share the style names _${part}: rename one of them`);
		files.set(part, known);
		const place = known.names.get(name) ?? known.names.size;
		known.names.set(name, place);
		return `_${part}${place.toString(36)}`;
	};
}

function digest(text: string): string {
	let sum = 0;
	for (const c of text) sum = (Math.imul(sum, 31) + (c.codePointAt(0) ?? 0)) >>> 0;
	return (sum % 36 ** DIGITS).toString(36).padStart(DIGITS, '0');
}
