/** Puts a text on the clipboard; false when the browser does not let us. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		// On plain http, as on most office networks, there is no clipboard API.
		return copySelected(text);
	}
}

function copySelected(text: string): boolean {
	const former = document.activeElement;
	const area = document.createElement('textarea');
	area.value = text;
	area.readOnly = true;
	area.className = 'visually-hidden';
	document.body.append(area);
	area.select();
	let done = false;
	try {
		done = document.execCommand('copy');
	} catch {
		// Forbidden: the caller says so.
	}
	area.remove();
	if (former instanceof HTMLElement) former.focus();
	return done;
}
