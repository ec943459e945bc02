/** Waits between attempts to connect, in ms; the last repeats. */
const STEPS = [500, 1_000, 2_000, 5_000, 10_000] as const;

/** Longest wait there is, in ms. */
export const BACKOFF_CAP_MS = 10_000;

/** The wait before attempt n (0 = the first repeat): half of the step is fixed, half is chance, so that a room full of screens does not return at once. */
export function backoff(n: number, random: () => number): number {
	const step = STEPS[Math.min(n, STEPS.length - 1)] ?? BACKOFF_CAP_MS;
	return Math.round(step / 2 + (random() * step) / 2);
}
