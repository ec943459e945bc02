import type { AroundNavHandler } from 'wouter';

/** The door out of a page: who holds what is not stored is asked first, whatever leads away. */
export class Leaving {
	/** Set while something would be lost; is given what was to be done. */
	question: ((go: () => void) => void) | null = null;

	/** Does it at once if nothing would be lost. */
	ask(go: () => void): void {
		if (this.question === null) go();
		else this.question(go);
	}

	/** Links, shortcuts and the palette all go through here. Another query is the same page. */
	readonly around: AroundNavHandler = (navigate, to, options) => {
		if (new URL(to, location.href).pathname === location.pathname) navigate(to, options);
		// The entry of the history that a question stands on is not one to come back to.
		else this.ask(() => navigate(to, this.question === null ? options : { ...options, replace: true }));
	};
}
