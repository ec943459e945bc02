import { useEffect, useRef, useState } from 'react';
import type { Step } from '../url/useFilter';

/** Pause in typing after which a text takes effect, in ms. */
const SETTLE_MS = 250;

interface Draft {
	readonly draft: string;
	readonly write: (text: string) => void;
	/** The field was left: what waits takes effect, and the next change is a step of its own. */
	readonly leave: () => void;
}

/** The text of a field between typing and taking effect. One visit to the field is one step in the browser's history. */
export function useDraft(value: string, commit: (text: string, step: Step) => void): Draft {
	const [draft, setDraft] = useState(value);
	const sent = useRef(value);
	const begun = useRef(false);
	const waiting = useRef<{ text: string; timer: ReturnType<typeof setTimeout> } | null>(null);

	useEffect(() => {
		if (value === sent.current) return;
		// Somebody else changed it: a link, the history, or the button that clears all.
		clearTimeout(waiting.current?.timer);
		waiting.current = null;
		sent.current = value;
		setDraft(value);
	}, [value]);

	useEffect(() => () => clearTimeout(waiting.current?.timer), []);

	const flush = () => {
		if (waiting.current === null) return;
		const { text, timer } = waiting.current;
		clearTimeout(timer);
		waiting.current = null;
		if (text === sent.current) return;
		sent.current = text;
		commit(text, begun.current ? 'replace' : 'push');
		begun.current = true;
	};

	return {
		draft,
		write: (text) => {
			setDraft(text);
			clearTimeout(waiting.current?.timer);
			waiting.current = { text, timer: setTimeout(flush, SETTLE_MS) };
		},
		leave: () => {
			flush();
			begun.current = false;
		},
	};
}
