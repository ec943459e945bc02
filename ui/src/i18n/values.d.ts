/** The messages of a catalogue without their keys, in the order of those of the Polish one; scripts/values.ts makes it. */
declare module '*.json?values' {
	const values: readonly (string | Readonly<Record<'one' | 'few' | 'many' | 'other', string>>)[];
	export default values;
}
