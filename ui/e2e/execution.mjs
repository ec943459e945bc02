// What the page of one execution promises: a timeline to look into, data to the last digit, who did what.
import { plan, Run } from './engine.mjs';
import { equal, FEWER_LOOKS, truly, until } from './visitor.mjs';

const MANY = 20_000;
const EVENTS_AT_ONCE = 5_000;
const at = (ms) => ({ timestamp: new Date(ms).toISOString() });

/** Steps at [from, to] in seconds from the start. */
function spanned(id, begun, spans) {
	const run = new Run(id, 'invoice-processing', { clientRef: 'os' });
	return [
		run.execution('started', { steps: plan(spans.length), ...at(begun) }),
		...spans.flatMap(([from, to], n) => [
			run.step('started', `s${n + 1}`, at(begun + from * 1_000)),
			run.step('completed', `s${n + 1}`, at(begun + to * 1_000)),
		]),
		run.execution('completed', at(begun + spans.at(-1)[1] * 1_000)),
	];
}

const address = (page) => new URL(page.url()).searchParams;
const zoom = (visitor, value) => visitor.find('timeline-zoom', { value });
const bar = (visitor, id) => visitor.find('timeline-bar', { 'step-id': id });

/** AC3: zoom by button, wheel and drag; gaps fold. All of it is in the address. */
async function closer({ appliance, visitor, page }) {
	const begun = Date.now() - 7_200_000;
	await appliance.send(
		...spanned('os-1', begun, [
			[0, 1],
			[1, 2],
			[9, 10],
		]),
	);
	await visitor.open('/executions/os-1?tab=timeline');
	await bar(visitor, 's2').waitFor();
	const box = (id) => bar(visitor, id).boundingBox();
	const first = await box('s2');
	await zoom(visitor, 'in').click();
	await until(() => address(page).get('zoom'), '2500..7500', 'the zoom in the address');
	await zoom(visitor, 'reset').click();
	await until(() => address(page).get('zoom'), null, 'the address of the whole');

	await page.mouse.move(first.x + first.width / 2, first.y + 10);
	await page.keyboard.down('Control');
	await page.mouse.wheel(0, -100);
	await page.keyboard.up('Control');
	await until(async () => (await box('s2')).width > first.width * 1.2, true, 'the wheel with Ctrl comes closer');
	await zoom(visitor, 'reset').click();
	await until(async () => Math.round((await box('s2')).width), Math.round(first.width), 'the whole again');

	await page.mouse.move(first.x, first.y + 5);
	await page.mouse.down();
	await page.mouse.move(first.x + first.width * 2, first.y + 5, { steps: 4 });
	await page.mouse.up();
	await until(
		() => (address(page).get('zoom') ?? '').split('..').map((ms) => Math.round(ms / 200) * 200),
		[1_000, 3_000],
		'a drag marks what is looked at',
	);
	equal(await visitor.find('step-input').count(), 0, 'a drag opens no step');
	await page.reload();
	await bar(visitor, 's2').waitFor();
	truly((await box('s2')).width > first.width * 3, 'the address keeps the zoom');
	await zoom(visitor, 'reset').click();

	await visitor.find('timeline-fold').click();
	await visitor.find('timeline-break', { value: '7000' }).waitFor();
	equal(address(page).get('fold'), '1', 'the folded gap in the address');
	truly((await box('s2')).width > first.width * 2, 'what is left is drawn wider');
	await visitor.mustBeAccessible('a folded timeline');
	await visitor.find('timeline-break').click();
	await until(async () => Math.round((await box('s2')).width), Math.round(first.width), 'the gap unfolds');
}

/** AC3 by keyboard alone, and as a table. */
async function byKeyboard({ visitor, page }) {
	const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-step-id'));
	await bar(visitor, 's1').focus();
	await page.keyboard.press('ArrowDown');
	equal(await focused(), 's2', 'the next bar');
	truly((await page.locator('[role="tooltip"]').innerText()).includes('Krok 2'), 'its details in words');
	await page.keyboard.press('End');
	equal(await focused(), 's3', 'the last bar');
	await page.keyboard.press('Home');
	equal(await focused(), 's1', 'the first bar');
	await page.keyboard.press('Enter');
	await visitor.find('step-input').waitFor();
	equal(address(page).get('step'), 's1', 'Enter opens the step');

	await visitor.find('timeline-table').click();
	await page.getByRole('table').waitFor();
	equal(address(page).get('view'), 'table', 'the table in the address');
	equal(await visitor.find('timeline-table-row').count(), 3, 'its rows');
	await visitor.mustBeAccessible('the timeline as a table');
	const download = page.waitForEvent('download');
	await visitor.find('timeline-csv').click();
	equal((await download).suggestedFilename(), 'os-czasu-os-1.csv', 'the file');
}

/** AC2.2: numbers as they were sent, a search, a path, masked values, long and large data. */
async function exactData({ appliance, visitor, page }) {
	const run = new Run('dane-1', 'invoice-processing', { workflowName: '<script>alert(1)</script>', clientRef: 'os' });
	const events = JSON.stringify([
		run.execution('started', {
			steps: [
				{ stepId: 'd1', name: '<img src=x onerror=alert(1)>' },
				{ stepId: 'd2', name: 'Duży' },
			],
		}),
		run.step('started', 'd1', { input: 'INPUT' }),
		run.step('completed', 'd1', { output: { opis: 'ż'.repeat(1_000) } }),
		run.step('started', 'd2', { input: { tekst: 'x'.repeat(100_000) } }),
	]);
	const input = '{"pozycje":[{"kwota":1.10,"numer":9007199254740993},{"kwota":2.50}],"haslo":"tajne","uwagi":"Kwota <b>x</b>"}';
	await appliance.sendText(events.replace('"INPUT"', input));
	await visitor.open('/executions/dane-1?tab=data&step=d1');
	await page.getByRole('heading', { name: '<script>alert(1)</script>' }).waitFor();
	const box = visitor.find('step-input');
	await box.getByText('"kwota": 1.10', { exact: true }).waitFor();
	await box.getByText('"numer": 9007199254740993', { exact: true }).waitFor();
	equal(await box.getByTestId('masked').count(), 1, 'masked values are marked');
	equal(
		await page.locator('main option').first().innerText(),
		'1. <img src=x onerror=alert(1)> – Zakończony',
		'a name is a text',
	);

	await box.getByTestId('payload-search').fill('kwota');
	await until(() => box.getByTestId('payload-hits').getAttribute('data-value'), '3', 'hits');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	await until(() => box.getByTestId('payload-hits').innerText(), '2 z 3', 'the second hit');
	equal(await box.getByTestId('payload-path').innerText(), '$.pozycje[1].kwota', 'where it stands');
	const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
	await box.getByTestId('copy-path').click();
	await until(clipboard, '$.pozycje[1].kwota', 'the copied path');
	await box.getByTestId('copy-value').click();
	await until(clipboard, '2.50', 'the copied value');
	await visitor.find('copy').click();
	await until(async () => (await clipboard()).includes('"numer": 9007199254740993'), true, 'the copied JSON keeps every digit');
	equal(JSON.parse(await clipboard()).stepId, 'd1', 'it is JSON');

	await box.getByRole('treeitem').first().focus();
	await page.keyboard.press('ArrowLeft');
	equal(await box.getByRole('treeitem').count(), 1, 'the arrow closes');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowDown');
	equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-level')), '2', 'the arrow goes on');
	const output = visitor.find('step-output');
	truly((await output.innerText()).length < 600, 'a long text is folded');
	await output.getByRole('button', { name: 'pokaż jeszcze' }).click();
	truly((await output.innerText()).length > 1_000, 'it unfolds');
	await visitor.mustLookRight('/executions/dane-1 data', FEWER_LOOKS);

	await page.getByRole('button', { name: 'Następny krok' }).click();
	await visitor.find('payload-large').waitFor();
	equal(address(page).get('step'), 'd2', 'the next step in the address');
}

/** AC5.2c, J10: a wish is one click, and who made it is seen beside the run. */
async function priorityAndAudit({ appliance, visitor, page }) {
	const [first, again] = [new Run('prio-0', 'jpk-vat', { clientRef: 'os' }), new Run('prio-1', 'jpk-vat', { clientRef: 'os' })];
	await appliance.send(first.execution('started'), first.execution('failed', { error: { code: 'E7', message: 'Brak zgody' } }));
	await appliance.send(again.execution('queued', { retryOf: 'prio-0', priority: 'LOW' }));
	await visitor.open('/executions/prio-1');
	await visitor.find('prioritise').click();
	await visitor.find('priority-state', { state: 'requested' }).waitFor();
	await page.getByRole('button', { name: 'Audyt' }).click();
	await visitor.find('audit-row', { event: 'monitoring.queue.prioritised' }).waitFor();
	equal(address(page).get('tab'), 'audit', 'the audit in the address');
	truly((await visitor.find('evidence').getAttribute('href')).endsWith('/prio-1/evidence'), 'the evidence');
	await visitor.mustBeAccessible('the audit of an execution');
	await visitor.find('retry-of').click();
	await visitor.find('execution-header', { status: 'failed' }).waitFor();
	truly((await visitor.find('explanation').innerText()).includes('Brak zgody'), 'a failed run is explained at once');
}

/** 20,000 steps: the page answers, draws what is in sight and goes from one end to the other; what a frame costs is measured by `make bench-ui`. */
async function manySteps({ appliance, visitor, page }) {
	const run = new Run('dlugie-1', 'import-danych', { clientRef: 'os' });
	const begun = Date.now() - 3_600_000;
	await appliance.send(run.execution('started', { steps: plan(MANY), ...at(begun) }));
	const steps = Array.from({ length: MANY }, (_, n) =>
		run.step('completed', `s${n + 1}`, { durationMs: 150, ...at(begun + (n + 1) * 100) }),
	);
	for (let n = 0; n < MANY; n += EVENTS_AT_ONCE) await appliance.send(...steps.slice(n, n + EVENTS_AT_ONCE));
	await visitor.open('/executions/dlugie-1?tab=timeline');
	await bar(visitor, 's1').waitFor();
	equal(await visitor.find('timeline-chart').getAttribute('data-rows'), String(MANY), 'rows');
	truly((await visitor.find('timeline-bar').count()) < 100, 'only what is in sight is drawn');
	const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-step-id'));
	await bar(visitor, 's1').focus();
	await page.keyboard.press('End');
	await until(focused, `s${MANY}`, 'from the first to the last');
	await page.keyboard.press('Home');
	await until(focused, 's1', 'from the last to the first');
}

export const executionPromises = [
	['a timeline is looked at closer, and its gaps fold', closer],
	['a timeline is gone through by keyboard, and is a table', byKeyboard],
	['data are shown to the last digit, searched, and marked where they are masked', exactData],
	['a queued run is raised with one click, and its audit says by whom', priorityAndAudit],
	[`${MANY} steps are scrolled through without a freeze`, manySteps],
];
