// The real program on a directory of its own, and how a test waits for what it wants to see.
import { Appliance } from '../../ui/e2e/appliance.mjs';

const LIMIT_MS = 30_000;
const PAUSE_MS = 20;

/** Starts the program that run.mjs built, with these flags beside the usual ones. The test ends it: `after(() => appliance.remove())`. */
export async function start(...flags) {
	const program = process.env.FLOWWATCH_PROGRAM;
	if (program === undefined) throw new Error('run it by `make sdk-check`, which builds the program');
	const appliance = await Appliance.of(program);
	await appliance.start(...flags);
	return appliance;
}

/** Asks until the answer is there (neither null, undefined nor false), at most half a minute unless `limitMs` says otherwise. */
export async function until(what, ask, limitMs = LIMIT_MS) {
	const limit = Date.now() + limitMs;
	for (;;) {
		const answer = await ask();
		if (answer !== null && answer !== undefined && answer !== false) return answer;
		if (Date.now() > limit) throw new Error(`${what}: not there after ${limitMs / 1000} s`);
		await new Promise((later) => setTimeout(later, PAUSE_MS));
	}
}

/** The execution found by what its engine calls it (`q`), when `fits` says it is as wanted, with its steps. */
export function execution(appliance, q, fits = () => true) {
	return until(`execution ${q}`, async () => {
		const { items } = await appliance.ask(`/api/monitoring/executions?q=${encodeURIComponent(q)}`);
		if (items.length === 0) return null;
		const whole = await appliance.ask(`/api/monitoring/executions/${encodeURIComponent(items[0].executionId)}`);
		return fits(whole) ? whole : null;
	});
}
