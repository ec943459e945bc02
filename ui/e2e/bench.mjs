// Measures the built page in a real browser against the real program: how soon it is there, how smoothly it moves, what it costs. It prints a line for each
// figure, and MISSED where a target is; it ends with 0 all the same: machines differ. FLOWWATCH_BENCH_MINUTES is how long memory is watched (default 2).
import { Appliance } from './appliance.mjs';
import { launch } from './chromium.mjs';
import { plan, Run } from './engine.mjs';
import { DESKTOP } from './visitor.mjs';

const ARRIVALS = 7;
const CHANGES = 15;
/** AC1.1d, AC5.1, AC6.2: from the answer to the engine until a person sees it, in ms. */
const SEEN_WITHIN = 1_000;
const STEPS = 20_000;
const FRAMES = 40;
const WATCH_MS = 12_000;
const PER_REQUEST = 500;
/** What the main thread does: all of it, and of that the parts that are told apart. */
const WORK = ['Task', 'Script', 'Layout', 'RecalcStyle'];
const MINUTES = Number(process.env.FLOWWATCH_BENCH_MINUTES ?? 2);

/** An engine that reports progress of running executions at a steady rate. */
class Reporter {
	#runs = [];
	#sent = 0;

	constructor(appliance) {
		this.appliance = appliance;
	}

	/** Starts executions until there are n. */
	async grow(n) {
		while (this.#runs.length < n) {
			const fresh = Array.from({ length: Math.min(PER_REQUEST, n - this.#runs.length) }, (_, i) => {
				return new Run(`bench-${this.#runs.length + i}`, `proces-${i % 50}`, { clientRef: `klient-${i % 200}` });
			});
			await this.appliance.send(...fresh.map((run) => run.execution('started')));
			this.#runs.push(...fresh);
		}
	}

	/** Reports rate changes a second, of the newest executions first, until it is stopped. The function that is answered stops it. */
	start(rate, among) {
		const tickMs = 50;
		let [stopped, due] = [false, performance.now()];
		const work = (async () => {
			while (!stopped) {
				const events = Array.from({ length: (rate * tickMs) / 1_000 }, () => {
					this.#sent += 1;
					const run = this.#runs.at(-1 - (this.#sent % among));
					return run.execution('progress', { progress: 1 + (this.#sent % 98) });
				});
				await this.appliance.send(...events);
				due += tickMs;
				await new Promise((later) => setTimeout(later, Math.max(0, due - performance.now())));
			}
		})();
		return async () => {
			stopped = true;
			await work;
		};
	}
}

const lines = [];
function note(name, value, unit, target, atMost, more = '') {
	const kept = target === null || (atMost ? value <= target : value >= target);
	const wanted = target === null ? '' : `${atMost ? '<=' : '>='} ${target} ${unit}`;
	lines.push([name, `${value.toFixed(1)} ${unit}`, wanted, kept ? 'ok' : 'MISSED', more]);
	console.log(lines.at(-1).join('\t'));
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function signedIn(browser, link) {
	const context = await browser.newContext({ viewport: DESKTOP, locale: 'pl-PL', timezoneId: 'Europe/Warsaw' });
	const page = await context.newPage();
	await page.goto(link);
	await page.locator('input[name="login"]').fill('bench');
	for (const field of await page.locator('input[type="password"]').all()) await field.fill('bench-0123456789-abc');
	await page.locator('button[type="submit"]').click();
	await page.locator('[data-testid="connection"]').waitFor();
	const state = await context.storageState();
	await context.close();
	return async () => {
		const fresh = await browser.newContext({
			viewport: DESKTOP,
			locale: 'pl-PL',
			timezoneId: 'Europe/Warsaw',
			storageState: state,
		});
		return fresh.newPage();
	};
}

/** How soon something is there, and the first live row. A fresh window each time: nothing is cached. */
async function arrival(arrive, origin) {
	const [paints, rows] = [[], []];
	for (let i = 0; i < ARRIVALS; i += 1) {
		const page = await arrive();
		await page.addInitScript(() => {
			new MutationObserver((_, observer) => {
				if (document.querySelector('[data-testid="execution-row"]') === null) return;
				window.firstRowAt = performance.now();
				observer.disconnect();
			}).observe(document, { childList: true, subtree: true });
		});
		await page.goto(`${origin}/executions`);
		await page.waitForFunction(() => window.firstRowAt !== undefined);
		const paint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
		await page.waitForFunction(paint);
		paints.push(await page.evaluate(paint));
		rows.push(await page.evaluate(() => window.firstRowAt));
		await page.context().close();
	}
	note('first paint, median', median(paints), 'ms', 1_000, true, `${ARRIVALS} fresh windows`);
	note('first row, median', median(rows), 'ms', 1_500, true);
}

/** Does something CHANGES times over and waits, each time, until the page shows it; both are told how often it was done. */
async function seen(name, page, change, selector) {
	const took = [];
	for (let n = 1; n <= CHANGES; n += 1) {
		await change(n);
		const answered = performance.now();
		await page.locator(selector(n)).waitFor();
		took.push(performance.now() - answered);
	}
	note(
		`${name}: from the answer to the page, median`,
		median(took),
		'ms',
		SEEN_WITHIN,
		true,
		`longest ${Math.max(...took).toFixed(0)} ms`,
	);
}

/** How soon a change is seen: in the list of executions, in the queue, among the alerts. */
async function liveness(arrive, appliance) {
	const page = await arrive();
	const on = async (path) => {
		await page.goto(appliance.origin + path);
		await page.locator('[data-testid="connection"][data-state="live"]').waitFor();
	};
	const one = new Run('bench-live', 'na-oczach');
	await appliance.send(one.execution('started'));
	await on('/executions');
	const progress = (n) => appliance.send(one.execution('progress', { progress: n }));
	await seen('a change in the list', page, progress, (n) => `[data-execution-id="bench-live"][data-progress="${n}"]`);
	await on('/queue');
	const queue = (n) => appliance.send(new Run(`bench-queued-${n}`, 'na-oczach').execution('queued'));
	await seen('one more in the queue', page, queue, (n) => `[data-testid="queue-pending"][data-value="${n}"]`);
	const failing = Array.from({ length: CHANGES }, (_, n) => new Run(`bench-failing-${n + 1}`, `na-oczach-${n + 1}`));
	await appliance.send(...failing.map((run) => run.execution('started')));
	for (const { id, workflowId } of failing) {
		const rule = { alertType: 'execution_failed', alertName: id, workflowId, severity: 'error' };
		await appliance.ask('/api/monitoring/alerts', { ...rule, notificationChannels: [{ type: 'in_app', config: {} }] });
	}
	await on('/alerts');
	const failure = (n) => appliance.send(failing[n - 1].execution('failed', { error: { message: 'Błąd' } }));
	await seen('one more alert', page, failure, (n) => `[data-testid="alert-row"]:has-text("bench-failing-${n}")`);
	await page.context().close();
}

/** In the page: goes through the chart; every frame shows other rows. */
async function scrollThrough(frames) {
	const chart = document.querySelector('[data-testid="timeline-chart"]');
	for (let n = 1; n <= frames; n++) {
		chart.scrollTop = ((chart.scrollHeight - chart.clientHeight) * n) / frames;
		await new Promise(requestAnimationFrame);
	}
}

/** How long the page's main thread works meanwhile, in ms: its own time, not the clock's. */
async function workOf(page, during) {
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const worked = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
	};
	const before = await worked();
	await during();
	const after = await worked();
	await session.detach();
	return after - before;
}

/** What a frame costs while somebody scrolls through the timeline of many steps. A freeze is 100 ms; all rows of a frame are new. */
async function timeline(arrive, appliance) {
	const begun = Date.now() - 3_600_000;
	const at = (ms) => ({ timestamp: new Date(ms).toISOString() });
	const long = new Run('bench-long', 'import-danych');
	await appliance.send(long.execution('started', { steps: plan(STEPS), ...at(begun) }));
	const steps = Array.from({ length: STEPS }, (_, n) =>
		long.step('completed', `s${n + 1}`, { durationMs: 150, ...at(begun + (n + 1) * 100) }),
	);
	for (let n = 0; n < STEPS; n += PER_REQUEST) await appliance.send(...steps.slice(n, n + PER_REQUEST));
	const page = await arrive();
	await page.goto(`${appliance.origin}/executions/bench-long?tab=timeline`);
	await page.locator('[data-testid="timeline-bar"]').first().waitFor();
	const worked = await workOf(page, () => page.evaluate(scrollThrough, FRAMES));
	note(`a frame of a timeline of ${STEPS} steps, scrolling`, worked / FRAMES, 'ms of work', 50, true);
	await page.context().close();
}

/** Opens the list and goes down until it holds n rows, then up again. */
async function listOf(page, origin, n) {
	await page.goto(`${origin}/executions`);
	await page.locator('[data-testid="execution-row"]').first().waitFor();
	await page.evaluate(async (wanted) => {
		const table = document.querySelector('[role="table"]');
		const scroller = table.parentElement;
		const held = () => table.querySelector('[role="rowgroup"]:last-child').offsetHeight / 46;
		const end = performance.now() + 120_000;
		while (held() < wanted - 1 && performance.now() < end) {
			scroller.scrollTo({ top: scroller.scrollHeight });
			await new Promise((later) => setTimeout(later, 30));
		}
		scroller.scrollTo({ top: 0 });
	}, n);
}

/** Watches the frames and the work of a page for a while. */
async function watch(page, scrolling) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send('Performance.enable');
	const read = async () => {
		const { metrics } = await cdp.send('Performance.getMetrics');
		return WORK.map((name) => metrics.find((one) => one.name === `${name}Duration`).value);
	};
	const before = await read();
	const seen = await page.evaluate(
		async ({ ms, moves }) => {
			const tasks = [];
			const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)));
			observer.observe({ type: 'longtask' });
			const scroller = document.querySelector('[role="table"]').parentElement;
			const begun = performance.now();
			const gaps = [];
			let last = begun;
			while (last - begun < ms) {
				const now = await new Promise((frame) => requestAnimationFrame(frame));
				gaps.push(now - last);
				last = now;
				if (moves) scroller.scrollTop = ((now - begun) * 1.5) % Math.max(1, scroller.scrollHeight - 900);
			}
			observer.disconnect();
			return { gaps: gaps.slice(1), tasks, took: last - begun };
		},
		{ ms: WATCH_MS, moves: scrolling },
	);
	const after = await read();
	await cdp.detach();
	const shares = WORK.map((_, i) => ((after[i] - before[i]) / seen.took) * 100_000);
	const slow = seen.gaps.toSorted((a, b) => b - a);
	return {
		fps: (seen.gaps.length * 1_000) / seen.gaps.reduce((sum, gap) => sum + gap, 0),
		longest: slow[0],
		tasks: seen.tasks,
		shares,
	};
}

async function smooth(arrive, origin, reporter, { rows, rate, slower = 1, scrolling = false, fps, longTasks, share }) {
	await reporter.grow(rows);
	const page = await arrive();
	await listOf(page, origin, rows);
	if (slower > 1) {
		const cdp = await page.context().newCDPSession(page);
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
	}
	const stop = reporter.start(rate, rows);
	const seen = await watch(page, scrolling);
	await stop();
	const name = `${rows} rows, ${rate} changes/s${slower > 1 ? `, ${slower} times slower` : ''}${scrolling ? ', scrolling' : ''}`;
	note(`frames: ${name}`, seen.fps, '/s', fps, false, `longest ${seen.longest.toFixed(0)} ms`);
	note(`long tasks: ${name}`, seen.tasks.length, '', longTasks, true, `longest ${Math.max(0, ...seen.tasks).toFixed(0)} ms`);
	const [all, ...parts] = seen.shares.map((one) => one.toFixed(1));
	note(`work: ${name}`, Number(all), '% of a core', share, true, `script, layout, style ${parts.join(', ')}`);
	await page.context().close();
}

/** What the page holds after garbage is collected, minute by minute. */
async function memory(arrive, origin, reporter) {
	const page = await arrive();
	await listOf(page, origin, 1_000);
	const cdp = await page.context().newCDPSession(page);
	const held = async () => {
		await cdp.send('HeapProfiler.collectGarbage');
		return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6;
	};
	const stop = reporter.start(200, 1_000);
	await new Promise((later) => setTimeout(later, 20_000));
	const sizes = [await held()];
	for (let i = 0; i < MINUTES; i += 1) {
		await new Promise((later) => setTimeout(later, 60_000));
		sizes.push(await held());
	}
	await stop();
	note(
		'memory: growth of the heap',
		sizes.at(-1) - sizes[0],
		'MB',
		1,
		true,
		`${sizes.map((one) => one.toFixed(1)).join(' ')} MB by the minute`,
	);
	await page.context().close();
}

const appliance = new Appliance();
let browser = null;
try {
	await appliance.build();
	const link = await appliance.start();
	browser = await launch();
	const arrive = await signedIn(browser, link);
	const reporter = new Reporter(appliance);
	await reporter.grow(1_000);
	await arrival(arrive, appliance.origin);
	await liveness(arrive, appliance);
	await timeline(arrive, appliance);
	const thousand = { rows: 1_000, rate: 200, fps: 58, longTasks: 0, share: 25 };
	await smooth(arrive, appliance.origin, reporter, thousand);
	await smooth(arrive, appliance.origin, reporter, { ...thousand, scrolling: true, fps: null, longTasks: null, share: null });
	await smooth(arrive, appliance.origin, reporter, { ...thousand, slower: 4, fps: 50, longTasks: null, share: null });
	await smooth(arrive, appliance.origin, reporter, { rows: 10_000, rate: 1_000, fps: 55, longTasks: null, share: null });
	await memory(arrive, appliance.origin, reporter);
} catch (error) {
	console.error(error.stderr || error);
	process.exitCode = 1;
} finally {
	await browser?.close().catch(() => {});
	await appliance.remove();
}
