// What is promised about finding things: by one field, by the keyboard, under a name; and where a new office begins.
import { Run } from './engine.mjs';
import { signedIn } from './settings.mjs';
import { equal, FEWER_LOOKS, truly, until, Visitor } from './visitor.mjs';

const PASSWORD = 'poprawny koń bateria';
const PESEL = '44051401359';

/** §9b: by client, number, process, tag and masked error; what names a person is in no address. */
async function palette({ appliance, visitor, page }) {
	const lost = new Run('szukany-7', 'jpk-generation', { clientRef: 'Zakład Żółw', tags: ['pilne'] });
	await appliance.send(
		lost.execution('started'),
		lost.execution('failed', { error: { message: 'Urząd odrzucił podpis kwalifikowany' } }),
	);
	await visitor.open('/executions');
	await visitor.live();
	const asked = [];
	page.on('request', (request) => asked.push(request.url()));
	const input = visitor.find('palette-input');
	const found = page.locator('[data-testid="palette-option"][data-key="execution:szukany-7"]');
	await page.keyboard.press('Control+k');
	for (const text of ['szukany-7', 'zolw', 'podpis kwalif', 'pilne']) {
		await input.fill('');
		await found.waitFor({ state: 'detached' });
		await input.fill(text);
		await found.waitFor();
	}
	await page.keyboard.press('Escape');
	await visitor.find('palette').waitFor({ state: 'detached' });
	await visitor.find('search-open').click();
	await input.fill(PESEL);
	await until(
		() =>
			visitor
				.find('palette-state')
				.innerText()
				.then((text) => text.includes('PESEL')),
		true,
		'the word about a PESEL',
	);
	await new Promise((later) => setTimeout(later, 400));
	truly(!asked.some((url) => url.includes(PESEL)) && !page.url().includes(PESEL), 'a PESEL in an address');
	await input.fill('kwalifikowany');
	await found.waitFor();
	await until(
		() => input.getAttribute('aria-activedescendant').then((id) => id?.endsWith('execution:szukany-7')),
		true,
		'the chosen one',
	);
	await visitor.mustBeAccessible('the palette');
	await page.keyboard.press('Enter');
	await page.locator('main[data-page="execution"]').waitFor();
	equal(new URL(page.url()).pathname, '/executions/szukany-7', 'where it leads');
	await page.keyboard.press('Control+k');
	await input.fill('reguly terminow');
	await page.keyboard.press('Enter');
	await visitor.find('deadline-rule').first().waitFor();
}

async function views({ visitor, page, browser }) {
	await visitor.open('/executions?status=failed&sort=-duration&cols=workflow,client,time');
	await visitor.find('execution-row').first().waitFor();
	equal(await page.locator('[role=columnheader]').count(), 3, 'columns that were chosen');
	await visitor.find('views').click();
	const form = visitor.find('view-form');
	await form.locator('[name=name]').fill('Nieudane, najdłuższe');
	await form.locator('button[type=submit]').click();
	await visitor.find('view').getByRole('link', { name: 'Nieudane, najdłuższe' }).waitFor();
	await visitor.find('view-share').click();
	await visitor.find('view', { shared: 'true' }).waitFor();
	await visitor.find('view-rename').click();
	await visitor.find('view-rename-form').locator('[name=name]').fill('Najdłuższe awarie');
	await page.keyboard.press('Enter');
	await visitor.mustBeAccessible('saved views');

	const elsewhere = await signedIn(browser, visitor.origin, 'anna', PASSWORD);
	await elsewhere.find('views').click();
	await elsewhere.find('view').getByRole('link', { name: 'Najdłuższe awarie' }).click();
	await until(
		() => new URL(elsewhere.page.url()).search,
		'?status=failed&sort=-duration&cols=workflow,client,time',
		'the view elsewhere',
	);
	if ((await elsewhere.find('view').count()) === 0) await elsewhere.find('views').click();
	await elsewhere.find('view-remove').click();
	await elsewhere.find('view-remove-confirm').click();
	await elsewhere.find('view').waitFor({ state: 'detached' });
	elsewhere.mustBeQuiet();
	await elsewhere.context.close();

	await visitor.open('/executions?q=szukany');
	await visitor.row('szukany-7').waitFor();
	await visitor.find('copy-link').click();
	await until(() => page.evaluate(() => navigator.clipboard.readText()), `${visitor.origin}/executions?q=szukany`, 'the link');
	await visitor.find('filters-more').click();
	await page.locator('[name=tag]').fill('pilne');
	await until(() => new URL(page.url()).search, '?q=szukany&tag=pilne', 'a tag in the address');
	await visitor.row('szukany-7').waitFor();
	await page.locator('[name=min]').fill('3600');
	await visitor.row('szukany-7').waitFor({ state: 'detached' });
}

/** ui.md 5.3, WCAG 2.1.4. */
async function shortcuts({ visitor, page }) {
	await visitor.open('/executions?q=szukany');
	await visitor.row('szukany-7').waitFor();
	await page.keyboard.press('j');
	await page.keyboard.press('c');
	await until(() => page.evaluate(() => navigator.clipboard.readText()), 'szukany-7', 'the id of the row');
	await page.keyboard.press('p');
	await visitor.find('connection', { state: 'paused' }).waitFor();
	await page.keyboard.press('p');
	await visitor.live();
	await page.keyboard.press('/');
	await page.keyboard.type('gt?');
	equal(await page.locator('input[type=search]').inputValue(), 'szukanygt?'.slice(-3), 'what is typed in a field is typed');
	equal(new URL(page.url()).pathname, '/executions', 'no shortcut while typing');
	await page.locator('input[type=search]').fill('');
	await page.locator('h1').click();
	await page.keyboard.press('g');
	await page.keyboard.press('t');
	await page.locator('main[data-page="deadlines"]').waitFor();
	await page.keyboard.press('?');
	await visitor.find('shortcut').first().waitFor();
	await visitor.mustBeAccessible('the help about shortcuts');
	await visitor.find('letters').uncheck();
	await page.keyboard.press('Escape');
	await page.keyboard.press('g');
	await page.keyboard.press('a');
	await page.reload();
	await visitor.find('deadline').first().waitFor();
	await page.keyboard.press('?');
	await page.keyboard.press('g');
	await page.keyboard.press('k');
	await page.keyboard.press('Control+k');
	await visitor.find('palette-input').fill('skroty');
	equal(new URL(page.url()).pathname, '/deadlines', 'letters that are switched off');
	await page.keyboard.press('Enter');
	await visitor.find('letters').check();
	await page.keyboard.press('Escape');
	await page.keyboard.press('g');
	await page.keyboard.press('w');
	await page.locator('main[data-page="executions"]').waitFor();
}

/** A new office, on a directory of its own: each step as it really is. */
async function firstSteps({ appliance, browser }) {
	const fresh = await appliance.sibling();
	const link = await fresh.start();
	const visitor = await Visitor.arrive(browser, fresh.origin);
	try {
		await visitor.expectingFailures(async () => {
			await visitor.page.goto(link);
			const form = visitor.find('setup');
			await form.locator('[name=login]').fill('ewa');
			await form.locator('[name=password]').fill(PASSWORD);
			await form.locator('button[type=submit]').click();
			await visitor.page.locator('main[data-page="start"]').waitFor();
		});
		const step = (name, state) => visitor.find('start-step', { step: name, state });
		await step('administrator', 'done').waitFor();
		for (const name of ['office', 'mail', 'backup', 'engine']) await step(name, 'open').waitFor();
		await visitor.find('start-link').getByText('1/5').waitFor();
		await visitor.mustLookRight('the first steps', FEWER_LOOKS);
		await visitor.find('start-token').click();
		const command = await visitor.find('start-command', { value: 'curl' }).getByRole('region').innerText();
		const secret = /Bearer (\S+?)'/.exec(command)?.[1];
		truly(command.includes(fresh.origin) && secret !== undefined, `the command: ${command}`);
		const body = /-d '(.*)'$/s.exec(command)?.[1];
		const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
		const answer = await fetch(`${fresh.origin}/api/ingest/events`, { method: 'POST', headers, body });
		equal(answer.status, 200, 'what the engine is answered');
		await step('engine', 'done').waitFor();
		await step('mail', 'open').getByTestId('start-skip').click();
		await step('mail', 'skipped').waitFor();
		equal(await visitor.find('start-progress').getAttribute('data-done'), '3', 'steps that are settled');
		await visitor.find('start-dismiss').click();
		await visitor.find('start-link').waitFor({ state: 'detached' });
		visitor.mustBeQuiet();
	} finally {
		await visitor.context.close();
		await fresh.remove();
	}
}

export const findingPromises = [
	['one field finds an execution by number, client, tag and error, and writes no PESEL into an address (B-81, §9b)', palette],
	['a view that was kept is there in another browser, and can be shared, renamed and removed', views],
	['shortcuts do what the page shows, never while typing, and letters can be switched off (WCAG 2.1.4)', shortcuts],
	['a new office is led through five steps that tell how they really stand', firstSteps],
];
