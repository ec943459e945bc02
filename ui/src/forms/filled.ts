/** What was filled in, by name. */
export function filled(form: HTMLFormElement): (name: string) => string {
	const data = new FormData(form);
	return (name) => String(data.get(name) ?? '');
}
