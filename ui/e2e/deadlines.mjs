// What the page of deadlines promises: that it says what the server says, who stands for it, and for whom it is done.
import { Run } from './engine.mjs';
import { DESKTOP, equal, FEWER_LOOKS, PHONE, truly, until } from './visitor.mjs';

const RULE = 'vat-jpk-v7m';
const DECEMBER = '/deadlines?month=2026-12';

const answerOf = (page, path) => page.evaluate((address) => fetch(address).then((response) => response.json()), path);
const rowOf = (visitor, rule, period) => visitor.find('deadline', { rule, period });

/** Part 4.4 and 4.6: nominal and shifted days with the reason, and the same ones that the API knows. */
async function sameAsTheServer({ visitor, page }) {
	await visitor.open(DECEMBER);
	await rowOf(visitor, RULE, '2026-11').waitFor();
	const { items } = await answerOf(page, '/api/monitoring/deadlines?from=2026-12-01&to=2026-12-31');
	const told = items.map((one) => `${one.rule} ${one.due} ${one.confirmed}`).sort();
	const shown = await visitor
		.find('deadline')
		.evaluateAll((rows) => rows.map(({ dataset }) => `${dataset.rule} ${dataset.due} ${dataset.confirmed}`));
	equal(shown.sort(), told, 'the deadlines of December');
	const day = page.locator('[data-day="2026-12-28"]');
	equal(await day.getAttribute('data-count'), String(items.filter((one) => one.due === '2026-12-28').length), 'of the 28th');
	const said = (await rowOf(visitor, RULE, '2026-11').innerText()).replace(/\s+/g, ' ');
	truly(said.includes('Termin z ustawy: pt. 25.12.2026 (dzień ustawowo wolny).'), `why it moved: ${said}`);
	truly(said.includes('pon. 28.12.2026') && said.includes('dni roboczych'), `when it is due: ${said}`);

	await visitor.open('/deadlines?month=2027-01&type=vat-oss');
	const oss = (await visitor.find('deadline', { rule: 'vat-oss' }).innerText()).replace(/\s+/g, ' ');
	truly(oss.includes('trzeba zdążyć do pt. 29.01.2027'), `a day that does not move: ${oss}`);
}

async function keyboard({ visitor, page }) {
	await visitor.open(DECEMBER);
	await rowOf(visitor, RULE, '2026-11').waitFor();
	const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-day'));
	await page.locator('[data-day][tabindex="0"]').focus();
	await page.keyboard.press('PageDown');
	await until(focused, '2027-01-01', 'the focus in the next month');
	equal(new URL(page.url()).searchParams.get('month'), '2027-01', 'the month in the address');
	await page.keyboard.press('PageUp');
	await until(focused, '2026-12-01', 'the focus back');
	for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'End', 'Home', 'ArrowDown']) await page.keyboard.press(key);
	equal(await focused(), '2026-12-28', 'the focus after arrows');
	await page.keyboard.press('Enter');
	await until(
		() => visitor.find('deadline').evaluateAll((all) => all.every((row) => row.dataset.due === '2026-12-28')),
		true,
		'the day alone',
	);
	equal(new URL(page.url()).searchParams.get('day'), '2026-12-28', 'the day in the address');
	await visitor.find('due-endangered').click();
	equal(new URL(page.url()).searchParams.get('endangered'), '1', 'the filter in the address');
}

/** 5.14: nothing is certain that nobody confirmed. */
async function confirmation({ visitor, page }) {
	await visitor.open(DECEMBER);
	await visitor.find('due-unconfirmed').waitFor();
	await rowOf(visitor, RULE, '2026-11').getByText('Niepotwierdzony').waitFor();
	await page.getByRole('link', { name: 'Reguły terminów' }).click();
	await page.locator(`[data-testid="deadline-rule"][data-rule="${RULE}"] a`).click();
	await visitor.find('rule-unconfirmed').waitFor();
	await visitor.mustLookRight('a rule of deadlines', FEWER_LOOKS);
	const form = visitor.find('rule-confirm');
	await form.locator('[name=source]').fill('Dz.U. 2026 poz. 1263');
	await form.locator('button[type=submit]').click();
	await visitor.find('rule', { rule: RULE, confirmed: 'true' }).waitFor();
	await page.getByText('Dz.U. 2026 poz. 1263', { exact: false }).first().waitFor();
	await visitor.find('client-rule-new').click();
	const exception = visitor.find('client-rule-form');
	await exception.locator('[name=clientRef]').fill('kwartalny');
	await exception.locator('[name=reason]').fill('Rozlicza VAT kwartalnie');
	await exception.locator('button[type=submit]').click();
	await visitor.find('client-rule', { client: 'kwartalny' }).waitFor();
	await visitor.open(`${DECEMBER}&type=${RULE}`);
	await visitor.find('deadline', { rule: RULE, confirmed: 'true' }).waitFor();
	equal(await visitor.find('due-unconfirmed').count(), 0, 'the warning beside a confirmed rule');
}

/** 4.6: per client filed, done, failed; filed is what somebody marked, with a receipt. */
async function filing({ appliance, visitor, page }) {
	const [good, bad] = ['vat-dobry', 'vat-zły'].map((clientRef, n) => new Run(`termin-${n}`, 'jpk-generation', { clientRef }));
	await appliance.send(
		good.execution('started'),
		good.execution('completed'),
		bad.execution('started'),
		bad.execution('failed', { error: { message: 'Niezgodna suma kontrolna JPK' } }),
	);
	const period = await answerOf(page, '/api/monitoring/deadlines?from=2026-01-01&to=2027-12-31').then(({ items }) =>
		items.find((one) => one.rule === RULE && one.runs.completed > 0),
	);
	await visitor.open(`/deadlines?month=${period.due.slice(0, 7)}&type=${RULE}&open=${RULE}/${period.period}`);
	const client = (name, state) => visitor.find('deadline-client', { client: name, state });
	await client('vat-zły', 'failed').waitFor();
	await client('vat-dobry', 'completed').getByRole('button').click();
	const form = visitor.find('filing-form');
	equal(await form.locator('[name=clientRef]').inputValue(), 'vat-dobry', 'whose filing it is');
	await form.locator('[name=upo]').fill('UPO-2026-1');
	await form.locator('button[type=submit]').click();
	await client('vat-dobry', 'filed').getByText('UPO UPO-2026-1').waitFor();
	await until(() => visitor.find('client-state', { value: 'filed' }).getAttribute('data-count'), '1', 'clients that are done');
	const [download] = await Promise.all([page.waitForEvent('download'), visitor.find('due-evidence').click()]);
	truly(download.suggestedFilename().endsWith('.zip'), `the evidence: ${download.suggestedFilename()}`);
	await visitor.mustLookRight('deadlines', FEWER_LOOKS);
	await page.setViewportSize(PHONE);
	equal(await visitor.find('due-calendar').isVisible(), false, 'the calendar on a phone');
	equal(await visitor.find('deadline').first().isVisible(), true, 'the list on a phone');
	await page.setViewportSize(DESKTOP);
}

export const deadlinePromises = [
	['deadlines are those of the server, with the day by law, why it moved, and until when to act (AC6, part 4)', sameAsTheServer],
	['the calendar goes by keyboard', keyboard],
	['a rule raises nothing until somebody confirms it, and says so (5.14)', confirmation],
	['an obligation is told per client, marked as filed with a receipt, and proved by a pack (4.6)', filing],
];
