// What the page promises, in the order in which one visit shows it. Each finds things by the handles of the contract alone.
import { alertPromises } from './alerts.mjs';
import { dashboardPromises } from './dashboard.mjs';
import { deadlinePromises } from './deadlines.mjs';
import { CLOSING, plan, Run } from './engine.mjs';
import { executionPromises } from './execution.mjs';
import { findingPromises } from './finding.mjs';
import { integrationPromises } from './integrations.mjs';

import { operationPromises } from './operations.mjs';
import { programPromises } from './programs.mjs';
import { settingsPromises } from './settings.mjs';
import { DESKTOP, equal, PHONE, truly, until, Visitor } from './visitor.mjs';
import { workflowPromises } from './workflows.mjs';

const PESEL = '44051401359';
const PASSWORD = 'poprawny koń bateria';

const approvals = [1, 2, 3, 4, 5].map((n) => new Run(`akc-${n}`, 'document-approval', { clientRef: 'kowalski' }));
const closing = new Run('zm-2026-11', 'month-end-closing', { clientRef: 'nowak', priority: 'HIGH' });
const invoice = new Run('fv-1', 'invoice-processing', { clientRef: 'kowalski' });

async function signIn({ visitor, page, link, browser }) {
	await visitor.expectingFailures(async () => {
		await visitor.open('/executions?status=failed');
		await page.locator('main[data-page="login"]').waitFor();
		equal(await visitor.find('language').count(), 1, 'language on the sign-in page');
		await visitor.mustBeAccessible('the sign-in page');
	});
	await page.goto(link);
	await page.locator('main[data-page="setup"]').waitFor();
	truly(!page.url().includes('key='), `the key is still in the address: ${page.url()}`);
	await visitor.mustBeAccessible('the set-up page');
	await page.locator('form[data-testid="setup"] [name=login]').fill('anna');
	await page.locator('form[data-testid="setup"] [name=password]').fill(PASSWORD);
	await page.locator('form[data-testid="setup"] button[type=submit]').click();
	await page.locator('main[data-page="executions"]').waitFor();
	await visitor.live();
	equal(new URL(page.url()).search, '?status=failed', 'the page that was asked for');

	const late = await Visitor.arrive(browser, visitor.origin);
	await late.expectingFailures(async () => {
		await late.page.goto(`${visitor.origin}/executions/fv-1`);
		const form = late.find('login');
		await form.locator('[name=login]').fill('anna');
		await form.locator('[name=password]').fill('coś innego');
		await form.locator('button[type=submit]').click();
		await late.page.locator('[data-testid="login-error"][role=alert]').waitFor();
		await form.locator('[name=password]').fill(PASSWORD);
		await form.locator('button[type=submit]').click();
		await late.page.locator('main[data-page="execution"]').waitFor();
	});
	await late.context.close();
}

async function emptyList({ visitor }) {
	await visitor.open('/executions');
	await visitor.page.locator('main[data-page="executions"]').waitFor();
	await visitor.page.getByText('Nie ma jeszcze żadnych wykonań.').waitFor();
	equal(await visitor.find('executions-count').getAttribute('data-value'), '0', 'the count of nothing');
}

/** AC1.1a to c, AC1.2a and b. */
async function liveRows({ appliance, visitor, page }) {
	let navigations = 0;
	page.on('framenavigated', () => {
		navigations += 1;
	});
	await appliance.send(...approvals.map((run) => run.execution('started', { steps: plan(5) })));
	for (const run of approvals) await visitor.row(run.id, { status: 'running' }).waitFor();
	await appliance.send(
		...approvals.flatMap((run, n) => plan(n + 1).flatMap(({ stepId }) => (n === 4 && stepId === 's5' ? [] : run.done(stepId)))),
		approvals[4].step('started', 's5'),
	);
	for (const [n, progress] of [20, 40, 60, 80, 80].entries()) {
		await until(
			() => visitor.row(approvals[n].id).getAttribute('data-progress'),
			String(progress),
			`progress of ${approvals[n].id}`,
		);
	}
	await until(() => visitor.row('akc-5').getByTestId('current-step').innerText(), 'Krok 5', 'the current step in the row');
	await until(() => visitor.find('executions-count').innerText(), '5 wykonań', 'the count in words');
	equal(navigations, 0, 'navigations while the list changed');
}

/** AC1.1d; how soon is measured by `make bench-ui`. */
async function everyChange({ appliance, visitor }) {
	await appliance.send(invoice.execution('started', { steps: plan(6) }));
	for (let n = 1; n <= 5; n++) {
		await appliance.send(...invoice.done(`s${n}`));
		await visitor.row('fv-1', { progress: Math.round((n * 100) / 6) }).waitFor();
	}
}

/** AC1.2c. */
async function filters({ appliance, visitor, page }) {
	const pressed = (value) => visitor.find('filter-status', { value }).getAttribute('aria-pressed');
	const search = () => new URL(page.url()).search;
	await visitor.open('/executions?status=failed,running');
	await visitor.live();
	equal(
		[await pressed('running'), await pressed('failed'), await pressed('completed')],
		['true', 'true', 'false'],
		'pressed by the address',
	);
	await visitor.find('filter-status', { value: 'failed' }).click();
	equal(search(), '?status=running', 'the address after a toggle');
	await until(() => visitor.find('execution-row').count(), 6, 'running rows');

	await visitor.row('akc-1').hover();
	await appliance.send(approvals[0].execution('failed', { error: { code: 'E1', message: 'Brak podpisu' } }));
	await visitor.row('akc-1').waitFor({ state: 'detached' });
	await until(() => visitor.find('executions-count').getAttribute('data-value'), '5', 'the count without the row that left');

	await visitor.find('filter-status', { value: 'running' }).click();
	await visitor.find('filter-status', { value: 'failed' }).click();
	equal(search(), '?status=failed', 'the address after two more');
	await visitor.row('akc-1', { status: 'failed' }).waitFor();
	await until(() => visitor.find('executions-count').innerText(), '1 wykonanie', 'the count of one');
	await page.goBack();
	await page.goBack();
	equal(search(), '?status=running', 'one entry of the history for each toggle');
	await visitor.row('akc-2').waitFor();
	await page.goForward();
	equal([search(), await pressed('running')], ['', 'false'], 'forward again');
	await until(
		() =>
			visitor
				.find('filter-status', { value: 'failed' })
				.innerText()
				.then((text) => text.replace(/\s+/g, ' ')),
		'Nieudane 1',
		'its count',
	);
}

async function stillUnderThePointer({ appliance, visitor, page }) {
	const [before, after] = [new Run('spokoj-1', 'invoice-processing'), new Run('spokoj-2', 'invoice-processing')];
	await appliance.send(before.execution('started', { steps: plan(2) }));
	await visitor.open('/executions');
	await visitor.live();
	const first = () => visitor.find('execution-row').first().getAttribute('data-execution-id');
	await until(first, 'spokoj-1', 'the newest row');
	await visitor.row('spokoj-1').hover();
	await appliance.send(after.execution('started'), ...before.done('s1'));
	await visitor.find('new-rows').waitFor();
	await until(() => visitor.row('spokoj-1').getAttribute('data-progress'), '50', 'changes show under the pointer');
	equal(await first(), 'spokoj-1', 'the order under the pointer');
	await page.mouse.move(5, 5);
	await until(first, 'spokoj-2', 'the order when the pointer has left');

	await page.getByRole('button', { name: 'Wstrzymaj' }).click();
	await visitor.find('connection', { state: 'paused' }).waitFor();
	await appliance.send(...before.done('s2'));
	await page.getByText('Czeka 1 zmiana').waitFor();
	equal(await visitor.row('spokoj-1').getAttribute('data-progress'), '50', 'nothing moves while paused');
	await page.getByRole('button', { name: 'Wznów na żywo' }).first().click();
	await visitor.row('spokoj-1', { progress: 99 }).waitFor();
	await visitor.live();
	await appliance.send(before.execution('completed'), after.execution('completed'));
}

async function textFilter({ visitor, page }) {
	await visitor.open('/executions');
	await page.getByLabel('Szukaj').fill('akc-3');
	await until(() => new URL(page.url()).search, '?q=akc-3', 'the text in the address');
	await until(() => visitor.find('execution-row').count(), 1, 'rows that match');
	await page.getByRole('button', { name: 'Wyczyść filtry' }).click();
	await until(() => visitor.find('execution-row').count(), 8, 'rows without a filter');
}

async function manyRows({ appliance, visitor }) {
	const runs = Array.from(
		{ length: 25 },
		(_, n) => new Run(`many-${n}`, 'invoice-processing', { clientRef: 'dwadziescia-piec' }),
	);
	await appliance.send(...runs.map((run) => run.execution('queued')));
	await visitor.open('/executions?client=dwadziescia-piec');
	await until(() => visitor.find('execution-row', { status: 'pending' }).count(), 25, 'rows in the document');
	await until(() => visitor.find('executions-count').innerText(), '25 wykonań', 'their count');
	const crowd = Array.from({ length: 400 }, (_, n) =>
		new Run(`crowd-${n}`, 'invoice-processing', { clientRef: 'tlum' }).execution('queued'),
	);
	await appliance.send(...crowd);
	await visitor.open('/executions?client=tlum');
	await until(() => visitor.find('executions-count').getAttribute('data-value'), '400', 'the count of a crowd');
	truly((await visitor.find('execution-row').count()) < 100, 'all rows of a crowd are drawn');
}

/** AC2.1a to e. */
async function steps({ appliance, visitor, page }) {
	const [first, second, third, vat] = ['zm-1', 'zm-2', 'zm-3', 'zm-8'];
	await appliance.send(
		closing.execution('started', { steps: CLOSING, metadata: { okres: '2026-11' } }),
		closing.step('started', first, { input: { dokumenty: 212 }, timestamp: new Date(Date.now() - 155_000).toISOString() }),
		closing.step('completed', first, { output: { braki: [] }, cpuUsagePercent: 12.5, inputSizeBytes: 1_200_000 }),
		closing.step('skipped', second),
		closing.step('started', third),
	);
	await visitor.open(`/executions/${closing.id}`);
	await page.locator('main[data-page="execution"]').waitFor();
	await visitor.live();
	const step = (id) => visitor.find('step', { 'step-id': id });
	const icon = (id) => step(id).locator('[data-icon]').getAttribute('data-icon');
	const shown = await visitor.find('step').evaluateAll((all) => all.map((one) => one.dataset.stepId));
	equal(
		shown,
		CLOSING.map(({ stepId }) => stepId),
		'all declared steps in their order',
	);
	equal(
		[await icon(first), await icon(second), await icon(third), await icon(vat)],
		['check', 'skip', 'spinner', 'pending'],
		'icons',
	);
	truly((await step(vat).innerText()).includes('Oczekuje'), 'a pending step says so in words');
	equal(await step(first).getByTestId('step-time').innerText(), '2 min 35 s', 'the time of a completed step');

	const ticking = step(third).getByTestId('step-time');
	const before = Number.parseInt(await ticking.innerText(), 10);
	await until(
		async () => Number.parseInt(await ticking.innerText(), 10) >= before + 2,
		true,
		'the time of the running step goes on',
		3_500,
	);

	await appliance.send(closing.step('started', 'zm-4'));
	await until(
		() => visitor.find('execution-header').getByTestId('current-step').innerText(),
		'Faktury sprzedaży, Faktury zakupu',
		'parallel steps',
	);

	const error = { type: 'VatError', message: `Niezgodność VAT klienta ${PESEL}\n\tat vat.go:17`, stack: 'vat.go:17' };
	await appliance.send(closing.step('started', vat), closing.step('failed', vat, { error }));
	await visitor.find('step', { 'step-id': vat, status: 'failed' }).waitFor();
	equal(await icon(vat), 'cross', 'the icon of a failed step');
	const preview = await step(vat).getByTestId('step-error').innerText();
	truly(
		preview.startsWith('Niezgodność VAT klienta') && !preview.includes(PESEL) && !preview.includes('vat.go'),
		`error preview: ${preview}`,
	);

	await appliance.send(closing.step('retrying', vat, { attempt: 2 }));
	await until(() => icon(vat), 'retry', 'the icon of a step that is tried again');
	await appliance.send(closing.step('started', vat, { attempt: 2 }), closing.step('completed', vat, { attempt: 2 }));
	await until(() => icon(vat), 'check', 'the icon of a step that came right');
	await until(() => visitor.find('execution-header').getAttribute('data-status'), 'running', 'status in the header');
	equal(await visitor.find('execution-header').getAttribute('data-progress'), '25', 'progress in the header');
}

/** AC2.2a to d. */
async function stepDetails({ visitor, page }) {
	await visitor.find('step', { 'step-id': 'zm-1' }).click();
	await visitor.find('step-input').waitFor();
	equal(new URL(page.url()).searchParams.get('step'), 'zm-1', 'the opened step in the address');
	truly((await visitor.find('step-input').innerText()).includes('"dokumenty": 212'), 'the input');
	truly((await visitor.find('step-output').innerText()).includes('"braki": []'), 'the output');
	const resources = (await visitor.find('step-resources').innerText()).replace(/\s+/g, ' ');
	truly(
		resources.includes('12,5%') && resources.includes('1,2 MB') && resources.includes('brak danych'),
		`resources: ${resources}`,
	);
	await visitor.find('copy').click();
	const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
	equal([copied.stepId, copied.input, copied.output], ['zm-1', { dokumenty: 212 }, { braki: [] }], 'the clipboard');

	await visitor.open(`/executions/${closing.id}?step=zm-12`);
	await visitor.find('step-input').getByText('brak danych').waitFor();
	await visitor.open(`/executions/${closing.id}?step=zm-8`);
	await visitor.find('step-input').waitFor();
	equal(await visitor.find('step-input').count(), 1, 'opened steps by the address');
	await visitor.open('/executions/nobody-knows-it');
	await visitor.expectingFailures(() => visitor.find('execution-missing').waitFor());
}

/** AC3.1a to d, AC3.2a to c: the bars of eight steps, two of them parallel, beside the average of three earlier runs. */
async function timeline({ appliance, visitor, page }) {
	const begun = Date.now() - 3_600_000;
	const payment = (id, at, slow) => {
		const run = new Run(id, 'payment-processing', { clientRef: 'nowak' });
		const when = (ms) => ({ timestamp: new Date(at + ms).toISOString() });
		const spans = [
			[0, 1],
			[1, 2],
			[2, 4],
			[2, 5],
			[6, 6 + slow],
			[6 + slow, 7 + slow],
			[7 + slow, 8 + slow],
			[8 + slow, 8 + slow],
		];
		return [
			run.execution('started', { steps: plan(8), ...when(0) }),
			...spans.flatMap(([from, to], n) => [
				run.step('started', `s${n + 1}`, when(from * 1_000)),
				run.step('completed', `s${n + 1}`, when(to * 1_000)),
			]),
			run.execution('completed', when((8 + slow) * 1_000)),
		];
	};
	await appliance.send(...[1, 2, 3].flatMap((n) => payment(`pl-${n}`, begun - n * 60_000, 2)), ...payment('pl-4', begun, 6));
	await visitor.open('/executions/pl-4');
	await page.getByRole('button', { name: 'Oś czasu' }).click();
	equal(new URL(page.url()).searchParams.get('tab'), 'timeline', 'the timeline in the address');
	await visitor.find('timeline-bar').first().waitFor();
	const bar = (id) => visitor.find('timeline-bar', { 'step-id': id });
	const box = (id) => bar(id).boundingBox();
	equal(await visitor.find('timeline-bar').count(), 8, 'bars');
	equal(await visitor.find('timeline-total').getAttribute('data-value'), '14000', 'the total');
	const [third, fourth, fifth] = [await box('s3'), await box('s4'), await box('s5')];
	truly(Math.abs(fifth.width / fourth.width - 2) < 0.05, `6 s are twice as wide as 3 s: ${fifth.width} and ${fourth.width}`);
	truly(Math.abs(third.x - fourth.x) < 1 && third.y !== fourth.y, 'parallel steps begin together, apart');
	truly((await bar('s3').getAttribute('data-row')) !== (await bar('s4').getAttribute('data-row')), 'rows of parallel steps');
	equal(
		await visitor.find('timeline-bar', { critical: 'true' }).evaluateAll((all) => all.map((one) => one.dataset.stepId)),
		['s1', 's2', 's4', 's5', 's6', 's7', 's8'],
		'the critical path',
	);
	equal(await visitor.find('timeline-wait', { 'step-id': 's5' }).getAttribute('data-value'), '1000', 'the gap before a step');
	equal([await bar('s5').getAttribute('data-slowest'), await bar('s5').getAttribute('data-average')], ['true', '2000'], 's5');
	truly((await visitor.find('explanation').innerText()).includes('Krok 5'), 'the explanation names the longest step');

	await bar('s5').hover();
	const tip = page.locator('[role="tooltip"]');
	await tip.waitFor();
	const said = (await tip.innerText()).replace(/\s+/g, ' ');
	for (const part of ['Krok 5', 'Zakończony', '6 s', '2 s (3 wykonania), o 200% dłużej'])
		truly(said.includes(part), `tooltip: ${said}`);
	await page.mouse.move(5, 5);
	await tip.waitFor({ state: 'detached' });
	await bar('s8').focus();
	await page.keyboard.press('ArrowUp');
	truly((await tip.innerText()).includes('Krok 7'), 'the tooltip of the focused bar');
	await page.keyboard.press('Enter');
	await visitor.find('step-input').waitFor();
	equal(new URL(page.url()).searchParams.get('step'), 's7', 'the opened step in the address');
}

async function keyboard({ visitor, page }) {
	await visitor.open('/executions?client=kowalski');
	await visitor.row('akc-1').waitFor();
	await visitor.row('fv-1').getByRole('link').focus();
	await page.keyboard.press('ArrowDown');
	const focused = () =>
		page.evaluate(() => document.activeElement?.closest('[data-execution-id]')?.getAttribute('data-execution-id') ?? '');
	await until(async () => (await focused()).startsWith('akc-'), true, 'the next row has the focus');
	await page.keyboard.press('Enter');
	await visitor.find('execution-header').waitFor();
	equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN', 'the focus after going to a page');
	await visitor.find('step').first().getByRole('button').focus();
	await page.keyboard.press('Enter');
	await visitor.find('step-input').waitFor();
	await page.locator('main').getByRole('link', { name: 'Wykonania' }).click();
	equal(new URL(page.url()).search, '?client=kowalski', 'the way back to the list as it was');
	await visitor.row('fv-1').waitFor();
}

async function outage({ appliance, visitor, page }) {
	await visitor.open(`/executions/${closing.id}`);
	await visitor.live();
	const time = visitor.find('step', { 'step-id': 'zm-3' }).getByTestId('step-time');
	await time.waitFor();
	await visitor.expectingFailures(async () => {
		await appliance.kill();
		await visitor.find('connection', { state: 'offline' }).waitFor();
		await page.getByText(/Dane z godz\. \d\d:\d\d:\d\d/).waitFor();
		const stopped = await time.innerText();
		await new Promise((later) => setTimeout(later, 1_600));
		equal(await time.innerText(), stopped, 'the time stands still while offline');
		await visitor.mustBeAccessible('the page offline');
		await appliance.start();
		await appliance.send(closing.step('completed', 'zm-3'));
		await visitor.live(15_000);
	});
	await visitor.find('step', { 'step-id': 'zm-3', status: 'completed' }).waitFor();
	await visitor.open('/executions');
	await visitor.row(closing.id).or(visitor.find('execution-row').first()).first().waitFor();
	equal(await page.locator('main').getAttribute('data-page'), 'executions', 'the session outlives the server');
}

async function languageAndTheme({ visitor, page }) {
	const html = (name) => page.locator('html').getAttribute(name);
	equal([await html('lang'), await html('data-theme')], ['pl', 'light'], 'what a new visitor gets');
	await visitor.find('language').selectOption('en');
	await page.getByRole('heading', { name: 'Executions' }).waitFor();
	equal(await html('lang'), 'en', 'the language of the document');
	await visitor.find('theme').selectOption('dark');
	equal(await html('data-theme'), 'dark', 'the chosen theme');
	await page.reload();
	await page.getByRole('heading', { name: 'Executions' }).waitFor();
	equal([await html('lang'), await html('data-theme')], ['en', 'dark'], 'both are remembered');
	await visitor.open('/executions?theme=light');
	await visitor.find('execution-row').first().waitFor();
	equal(await html('data-theme'), 'light', 'the address wins');
	await visitor.find('language').selectOption('pl');
	await page.getByRole('heading', { name: 'Wykonania' }).waitFor();
	await visitor.find('theme').selectOption('light');
}

async function everySize({ visitor, page }) {
	for (const path of ['/executions', '/executions/pl-4?tab=timeline&step=s5', `/executions/${closing.id}?step=zm-8`]) {
		await visitor.open(path);
		await visitor.live();
		await visitor
			.find(path.includes('step=') ? 'step-resources' : 'execution-row')
			.first()
			.waitFor();
		await visitor.mustLookRight(path);
	}
	await page.setViewportSize(PHONE);
	await page.getByRole('button', { name: 'Dane', exact: true }).click();
	equal(new URL(page.url()).searchParams.get('tab'), 'data', 'the part of the page in the address');
	await page.getByText('"okres": "2026-11"').waitFor();
	equal(await visitor.find('step').count(), 0, 'steps beside the data');
	await page.getByRole('button', { name: 'Przebieg' }).click();
	await page.setViewportSize(DESKTOP);
	await page.getByText('"okres": "2026-11"').waitFor();
	equal(await visitor.find('step').first().isVisible(), true, 'steps beside the details on a desktop');
}

async function signOut({ visitor, page }) {
	await page.getByRole('button', { name: 'Wyloguj' }).click();
	await page.locator('main[data-page="login"]').waitFor();
	await visitor.expectingFailures(async () => {
		await visitor.open('/executions');
		await page.locator('main[data-page="login"]').waitFor();
	});
}

export const promises = [
	['the set-up link makes an administrator, a password signs in, both lead to the page asked for', signIn],
	['an empty list says so', emptyList],
	['executions come, progress and name their step by themselves', liveRows],
	['one change after another is visible', everyChange],
	['filters hold in the address, in the history and for live changes', filters],
	['rows keep still under the pointer, and everything does when paused', stillUnderThePointer],
	['a text narrows the list', textFilter],
	['25 rows are all in the document, 400 are not', manyRows],
	['an execution shows all its steps with icon, words, time and error', steps],
	['a step shows input, output and resources, and copies them', stepDetails],
	['a timeline shows when steps ran, what they waited for, and how that compares', timeline],
	['the keyboard is enough', keyboard],
	['offline is said at once, and what was missed comes after', outage],
	['language and theme are chosen and remembered', languageAndTheme],
	['desktop and phone, light and dark, pass axe and fit', everySize],
	...executionPromises,
	...settingsPromises,
	...integrationPromises,
	...alertPromises,
	...dashboardPromises,
	...workflowPromises,
	...deadlinePromises,
	...findingPromises,
	...operationPromises,
	...programPromises,
	['signing out ends the session', signOut],
];
