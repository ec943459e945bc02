// What the page promises to who connects other programs: they are told of events, and their metrics are read.
import { createHmac } from 'node:crypto';
import { Run } from './engine.mjs';
import { Receiver } from './receiver.mjs';
import { equal, FEWER_LOOKS, truly } from './visitor.mjs';

const SECRET = 'sekret-erp-0123456789';
const [DESKTOP_LIGHT, PHONE_DARK] = FEWER_LOOKS;
const receiver = new Receiver();

/** The server's word on a field that is wrong. */
async function refused(visitor, form, said) {
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('field-error').getByText(said).waitFor();
	});
}

/** A program is told what was chosen, signed; a test says at once whether it takes it. */
async function told({ visitor, page }) {
	await receiver.open();
	await visitor.open('/settings/integrations');
	await page.getByRole('link', { name: 'Wychodzące powiadomienia' }).click();
	await page.getByText('Żaden program nie jest jeszcze powiadamiany.').waitFor();
	await visitor.find('webhook-new').click();
	const form = visitor.find('webhook-form');
	await form.locator('[name=name]').fill('ERP');
	await form.locator('[name=url]').fill('erp.biuro');
	await refused(visitor, form, 'Podaj pełny adres http lub https.');
	await form.locator('[name=url]').fill('http://10.9.8.7/erp');
	await refused(visitor, form, 'To adres wewnątrz sieci');
	await form.locator('[name=url]').fill(receiver.url);
	await form.locator('[name=secret]').fill(SECRET);
	for (const name of ['execution.failed', 'alert.*']) await form.locator(`[name=events][value="${name}"]`).uncheck();
	await refused(visitor, form, 'Proszę wybrać co najmniej jedno zdarzenie.');
	await form.locator('[name=events][value="execution.cancelled"]').check();
	await visitor.mustLookRight('/settings/webhooks', [PHONE_DARK]);
	await form.locator('button[type=submit]').click();
	const row = visitor.find('webhook-row');
	await row.getByText('Wykonania: Anulowane').waitFor();
	truly((await row.innerText()).includes(receiver.host), 'the host in the row');
	await row.getByTestId('webhook-standing').and(page.locator('[data-state="ok"]')).waitFor();

	await row.getByRole('link', { name: 'ERP' }).click();
	await visitor.find('webhook-test').click();
	await visitor.find('webhook-tested', { status: 'delivered' }).waitFor();
	const { headers, body } = receiver.requests[0];
	const signature = createHmac('sha256', SECRET).update(`${headers['x-flowwatch-timestamp']}.${body}`).digest('hex');
	equal(headers['x-flowwatch-signature'], `sha256=${signature}`, 'the signature of the test');
	equal(receiver.came[0].type, 'io.flowwatch.webhook.test', 'the test');
	truly(!(await page.content()).includes(SECRET), 'the secret is not shown');
}

/** What the program refused is told with the reason, and sent again. */
async function refusedAndSentAgain({ appliance, visitor }) {
	const run = new Run('erp-1', 'document-approval');
	const outcome = (status) => visitor.find('webhook-outcome', { event: 'execution.cancelled', status });
	receiver.status = 422;
	await appliance.send(run.execution('started'), run.execution('cancelled'));
	await visitor.find('webhook-test').click();
	await visitor.find('webhook-tested', { status: 'dead' }).getByText('422').waitFor();
	await outcome('dead').getByText('422').waitFor();
	await visitor.mustLookRight('/settings/webhooks/id', [DESKTOP_LIGHT]);
	receiver.status = 204;
	await outcome('dead').getByTestId('webhook-resend').click();
	await outcome('delivered').waitFor();
	equal(receiver.came.at(-1).type, 'io.flowwatch.execution.cancelled', 'what was sent again');
}

/** It is changed, paused, resumed and removed. */
async function changed({ visitor, page }) {
	await visitor.find('webhook-change').click();
	const form = visitor.find('webhook-form');
	await form.locator('[name=events][value="*"]').check();
	await form.locator('button[type=submit]').click();
	await page.getByText('Wszystkie zdarzenia').waitFor();
	await visitor.find('webhook-pause').click();
	await visitor.find('webhook-pause-confirm').click();
	await visitor.find('webhook-standing', { state: 'off' }).waitFor();
	await visitor.find('webhook-resume').click();
	await visitor.find('webhook-standing', { state: 'ok' }).waitFor();
	await page.locator('main').getByRole('link', { name: 'Wychodzące powiadomienia' }).click();
	await visitor.find('webhook-revoke').click();
	await visitor.find('webhook-revoke-confirm').click();
	await page.getByText('Żaden program nie jest jeszcze powiadamiany.').waitFor();
}

/** Metrics of another program are read, and why not where they cannot be. */
async function scraped({ visitor, page }) {
	receiver.metrics = 'pg_stat_activity_count{state="active"} 4\npg_stat_activity_count{state="idle"} 90\npg_locks 3\n';
	await visitor.open('/settings/integrations');
	await page.getByRole('link', { name: 'Odczyt metryk' }).click();
	await visitor.find('scrape-new').click();
	const form = visitor.find('scrape-form');
	await form.locator('[name=name]').fill('baza danych');
	await form.locator('[name=url]').fill(`http://${receiver.host}/nic`);
	await form.locator('[name=intervalSeconds]').fill('5');
	await form.locator('[name=as-0]').fill('db.busy');
	await form.locator('[name=factor-0]').fill('dwa');
	await refused(visitor, form, 'To nie jest liczba.');
	await form.locator('[name=factor-0]').fill('0,5');
	await refused(visitor, form, 'Liczba całkowita od 10 do 3600.');
	await form.getByText('Od 1 do 64 znaków').waitFor();
	await visitor.mustLookRight('/settings/scrapes', [DESKTOP_LIGHT]);
	await form.locator('[name=name]').fill('postgres');
	await form.locator('[name=intervalSeconds]').fill('10');
	await form.locator('button[type=submit]').click();
	const state = (word) => visitor.find('scrape-state', { state: word });
	await state('failed').getByText('404').waitFor();

	await visitor.find('scrape-row').getByRole('link', { name: 'postgres' }).click();
	equal(
		[await form.locator('[name=labels-0]').inputValue(), await form.locator('[name=factor-0]').inputValue()],
		['state=active', '0,5'],
		'what was set',
	);
	await form.locator('[name=url]').fill(`http://${receiver.host}/metrics`);
	await form.getByTestId('scrape-metric-add').click();
	await form.locator('[name=metric-1]').fill('pg_locks');
	await form.locator('[name=as-1]').fill('db.locks');
	await form.locator('button[type=submit]').click();
	await state('ok').getByText('2 pomiary').waitFor();
	await visitor.mustLookRight('/settings/scrapes/list', [PHONE_DARK]);
	await visitor.find('scrape-revoke').click();
	await visitor.find('scrape-revoke-confirm').click();
	await page.getByText('Nie ma jeszcze żadnego adresu.').waitFor();
	await visitor.open('/resources');
	await visitor.find('resource', { metric: 'db.busy', value: '2' }).waitFor();
	receiver.close();
}

export const programPromises = [
	['a program is told of what is chosen, and a test says whether it takes it', told],
	['what a program refused is told with the reason, and sent again', refusedAndSentAgain],
	['what a program is told is changed, paused and ended', changed],
	['metrics of other programs are read, or it is said why not', scraped],
];
