// What the pages about workflows promise: figures that are the server's own, charts for the eye, the keyboard and the ear, files, and room for hundreds.
import { readFile } from 'node:fs/promises';
import { Run } from './engine.mjs';
import { DESKTOP, equal, FEWER_LOOKS, truly, until } from './visitor.mjs';

const MINUTE_MS = 60_000;
const MANY = 300;
const STRANGE = '<script>alert(1)</script>';
const HUNDREDS = 'liczby';
const NIGHT = 'noc';

/** A run that began at a time and took so long, in ms. */
function finished(id, workflowId, at, tookMs, end = 'completed') {
	const run = new Run(id, workflowId);
	const later = (ms) => ({ timestamp: new Date(at + ms).toISOString() });
	return [
		run.execution('started', later(0)),
		run.step('started', 's1', { stepName: 'Wczytanie', ...later(0) }),
		run.step('completed', 's1', { stepName: 'Wczytanie', ...later(tookMs / 4) }),
		run.step('started', 's2', { stepName: 'Wysyłka', ...later(tookMs / 4) }),
		run.step('completed', 's2', { stepName: 'Wysyłka', ...later(tookMs) }),
		run.execution(end, later(tookMs)),
	];
}

/** Runs of 100, 200 … 1000 ms of which two failed, two days ago; and a pair in the night in which the clocks went back. */
function history() {
	// From the beginning of an hour, so that no day ends among them.
	const at = Math.floor(Date.now() / (60 * MINUTE_MS) - 48) * 60 * MINUTE_MS;
	const runs = Array.from({ length: 10 }, (_, n) =>
		finished(`licz-${n}`, HUNDREDS, at + n * MINUTE_MS, (n + 1) * 100, n < 2 ? 'failed' : 'completed'),
	);
	const nights = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((time, n) =>
		finished(`noc-${n}`, NIGHT, Date.parse(time), 1_000),
	);
	return [...runs, ...nights].flat();
}

const figure = (visitor, metric) => visitor.find('metric', { metric }).getAttribute('data-value');

/** AC7.1a to e, S12 to S18. */
async function figures({ appliance, visitor, page }) {
	await appliance.send(...history());
	await visitor.open(`/workflows/${HUNDREDS}`);
	await visitor.find('metric', { metric: 'total', value: '10' }).waitFor();
	const asked = await page.evaluate(async (id) => (await fetch(`/api/monitoring/workflows/${id}/metrics`)).json(), HUNDREDS);
	equal(
		await Promise.all(['successRate', 'averageDuration', 'p50', 'p95', 'p99'].map((metric) => figure(visitor, metric))),
		[asked.successRate, asked.averageDuration, asked.percentiles.p50, asked.percentiles.p95, asked.percentiles.p99].map(String),
		'the figures and those of the server',
	);
	equal(await figure(visitor, 'p95'), '950', 'p95 of 100 to 1000');
	truly((await visitor.find('metric', { metric: 'p95' }).innerText()).includes('z 10 wykonań'), 'a figure says what it is of');
	truly(Number(await visitor.find('trend', { metric: 'duration' }).getAttribute('data-points')) >= 30, '30 days have 30 points');
	equal(await visitor.find('degraded').count(), 0, 'degradation of ten runs');
	for (const bucket of ['hour', 'day', 'week']) await visitor.find('throughput', { bucket }).waitFor();
	await page.locator('tr[data-step-id="s2"]', { hasText: '75%' }).waitFor();

	await page.getByRole('button', { name: /95% w czasie/ }).focus();
	await page.getByRole('tooltip', { name: /linear_ecdf/ }).waitFor();
	await visitor.find('range', { value: '24h' }).click();
	await visitor.find('metric', { metric: 'total', value: '0' }).waitFor();
	equal([await figure(visitor, 'successRate'), await figure(visitor, 'p95')], ['', ''], 'figures of nothing');
	truly((await visitor.find('metric', { metric: 'successRate' }).innerText()).includes('brak danych'), 'nothing is no 0 %');
	equal(new URL(page.url()).search, '?range=24h', 'the range in the address');
	await page.goBack();
	await visitor.find('metric', { metric: 'total', value: '10' }).waitFor();
	await page.goForward();
	await visitor.find('metric', { metric: 'total', value: '0' }).waitFor();
	await visitor.find('range', { value: '7d' }).click();
	await visitor.find('metric', { metric: 'total', value: '10' }).waitFor();
	await visitor.open(page.url().slice(visitor.origin.length).replace(/\?.*/, ''));
	await visitor.find('range', { value: '30d' }).click();
	equal(new URL(page.url()).search, '?range=30d', 'the usual range, once it is chosen, in the address');
}

/** AC7.2d. */
async function files({ visitor, page }) {
	const save = async (control) => {
		const [download] = await Promise.all([page.waitForEvent('download'), control.click()]);
		return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
	};
	const csv = await save(visitor.find('export', { format: 'csv' }));
	truly(csv.text.startsWith('\uFEFFstart;end;total'), `a Polish spreadsheet opens it: ${csv.text.slice(0, 40)}`);
	const json = await save(visitor.find('export', { format: 'json' }));
	equal(JSON.parse(json.text).metrics.percentiles.p95, 950, 'p95 of the file');
	const chart = await save(visitor.find('trend', { metric: 'duration' }).getByRole('button', { name: /CSV/ }));
	truly(
		chart.text.startsWith('\uFEFFCzas;p50;p95;p99\r\n') && chart.text.includes(';500;950;990'),
		`a chart's file: ${chart.text}`,
	);
	const picture = await save(visitor.find('trend', { metric: 'duration' }).getByRole('button', { name: /PNG/ }));
	truly(picture.name.endsWith('-duration.png') && picture.text.slice(1, 4) === 'PNG', `a chart's picture: ${picture.name}`);
}

/** How many pixels of a chart have a colour. */
const painted = (chart, colour) =>
	chart.locator('canvas').evaluate((canvas, wanted) => {
		const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
		let n = 0;
		for (let i = 0; i < data.length; i += 4) {
			if (data[i + 3] > 200 && wanted.every((part, k) => Math.abs(part - data[i + k]) < 8)) n += 1;
		}
		return n;
	}, colour);
const P99 = { light: [0xb3, 0x12, 0x3f], dark: [0xff, 0x7b, 0x86] };

/** AC7.2a to c; the clocks go back on 25.10.2026. */
async function charts({ visitor, page }) {
	await visitor.open(`/workflows/${NIGHT}?range=custom&from=2026-10-25T00:00&to=2026-10-25T06:00`);
	const trend = visitor.find('trend', { metric: 'duration' });
	await trend.locator('canvas').waitFor();
	const rows = await trend.locator('tbody th').allInnerTexts();
	equal(
		rows.filter((row) => row.includes(' 02:00')),
		['25.10.2026 02:00 CEST', '25.10.2026 02:00 CET'],
		'the hour that comes twice',
	);
	const slider = trend.getByRole('slider');
	await slider.focus();
	for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
	equal(await slider.getAttribute('aria-valuetext'), '25.10.2026 02:00 CEST, p50 1 s, p95 1 s, p99 1 s', 'what the cursor says');
	await page.keyboard.press('Shift+ArrowRight');
	await page.keyboard.press('Enter');
	await until(() => page.url().endsWith('to=2026-10-25T06:00'), false, 'zoom by keyboard');
	await page.goBack();

	const seen = async () => [(await painted(trend, P99.light)) > 10, (await painted(trend, P99.dark)) > 10];
	await until(seen, [true, false], 'the colour of p99 in the light theme');
	await visitor.find('theme').selectOption('dark');
	await until(seen, [false, true], 'the colour of p99 in the dark theme');
	await visitor.find('theme').selectOption('light');
	const box = await trend.locator('.u-over').boundingBox();
	await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
	await page.mouse.up();
	await until(() => page.url().includes('from=2026-10-25T00:00&to=2026-10-25T06:00'), false, 'zoom by a drag');
	truly(page.url().includes('range=custom'), 'a zoom is a range of its own');
}

/** Hundreds of workflows, one of them with a name that means harm. */
async function many({ appliance, visitor, page }) {
	for (let n = 0; n < MANY; n += 100) {
		const batch = Array.from({ length: 100 }, (_, i) => new Run(`wiele-${n + i}`, `wiele-${n + i}`).execution('started'));
		await appliance.send(...batch);
	}
	await appliance.send(new Run('zle-1', 'zle', { workflowName: STRANGE }).execution('started'));
	await visitor.open('/workflows');
	const rows = visitor.find('workflow-row');
	await until(async () => (await rows.count()) > MANY, true, 'rows of all workflows');
	const health = await rows.evaluateAll((all) => all.map((row) => row.dataset.health));
	truly(
		health.indexOf('degraded') !== -1 && health.lastIndexOf('failing') < health.indexOf('degraded'),
		'what fails comes first',
	);
	truly(health.lastIndexOf('degraded') < health.indexOf('healthy'), 'then what fails at times');
	await page.locator('input[name=q]').fill('script');
	await until(() => rows.count(), 1, 'rows that match');
	await until(() => new URL(page.url()).search, '?q=script', 'the search in the address');
	truly((await rows.innerText()).includes(STRANGE), 'a name is text');
	await page.getByRole('button', { name: 'Skuteczność, 7 dni' }).click();
	await until(() => new URL(page.url()).search, '?q=script&sort=successRate', 'the order in the address');
	await rows.getByRole('link').first().click();
	await page.locator('main[data-page="workflow"] h1', { hasText: STRANGE }).waitFor();
}

async function everyLook({ visitor, page }) {
	await visitor.open('/workflows?q=licz');
	await visitor.find('workflow-row').first().waitFor();
	await visitor.mustLookRight('the list of workflows', FEWER_LOOKS);
	await visitor.open(`/workflows/${HUNDREDS}?range=7d`);
	await visitor.find('metric', { metric: 'total', value: '10' }).waitFor();
	await visitor.find('trend', { metric: 'duration' }).locator('canvas').waitFor();
	await page.locator('tr[data-step-id="s2"]').waitFor();
	await visitor.mustLookRight('a workflow', FEWER_LOOKS);
	await visitor.expectingFailures(async () => {
		await visitor.open('/workflows/nie-ma');
		await page.getByText('Nie ma takiego procesu.').waitFor();
	});
	await page.setViewportSize(DESKTOP);
}

export const workflowPromises = [
	["a workflow's figures are the server's, say what they are of, and follow the range through the history", figures],
	['figures and charts are taken as files', files],
	['charts follow keyboard, drag and theme, and name the hour that comes twice', charts],
	['hundreds of workflows are found, ordered, and their names are text', many],
	['the pages about workflows pass axe and fit', everyLook],
];
