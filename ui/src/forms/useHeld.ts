import { useState } from 'react';

interface Fetched<T> {
	readonly data: T | undefined;
	readonly error: unknown;
	readonly isFetchedAfterMount: boolean;
	readonly refetch: () => Promise<{ readonly data: T | undefined; readonly isSuccess: boolean }>;
}

export interface Held<T> {
	/** undefined: not fetched yet. */
	readonly value: T | undefined;
	/** The key of the form: another one begins it anew. */
	readonly generation: number;
	/** Takes what the form's own work, or a switch beside it, has made. */
	readonly keep: (value: T, anew?: boolean) => void;
	/** Begins anew with the present state. */
	readonly renew: () => void;
}

/**
 * What a form is about: as it was fetched when the form was drawn, with its version. What others change meanwhile must not
 * stand behind fields that were filled before, or saving them would undo it unseen.
 */
export function useHeld<T>({ data, error, isFetchedAfterMount, refetch }: Fetched<T>): Held<T> {
	const [held, setHeld] = useState<{ readonly value: T | undefined; readonly generation: number }>({
		value: undefined,
		generation: 0,
	});
	if (held.value === undefined && data !== undefined && isFetchedAfterMount && error === null) {
		setHeld({ ...held, value: data });
	}
	const keep = (value: T, anew = false) =>
		setHeld(({ generation }) => ({ value, generation: anew ? generation + 1 : generation }));
	return {
		...held,
		keep,
		renew: () => void refetch().then((answer) => answer.isSuccess && answer.data !== undefined && keep(answer.data, true)),
	};
}
