// What the page promises to who connects programs: what to paste, whether it comes, why not, and addresses for scripts.
import { equal, FEWER_LOOKS, truly, until } from './visitor.mjs';

const report = (id, eventName, payload) => ({
	id,
	ts: new Date().toISOString(),
	eventName,
	payload: { executionId: '4711', workflowId: 'ksef', workflowName: 'Pobieranie faktur z KSeF', ...payload },
});

/** A guide with this server's address, and with a secret if one is written. */
async function guides({ visitor, page }) {
	await visitor.open('/settings/account');
	await page.getByRole('link', { name: 'Integracje' }).click();
	await visitor.find('engine-row', { engine: 'n8n' }).getByText('Jeszcze nic nie przyszło').waitFor();
	truly((await visitor.find('engine-row').count()) >= 12, 'guides for a dozen engines');
	await visitor.mustLookRight('/settings/integrations', FEWER_LOOKS);
	await visitor.find('engine-row', { engine: 'n8n' }).getByRole('link').click();
	const guide = visitor.find('guide', { engine: 'n8n' });
	await guide.getByText('Ograniczenia').waitFor();
	await guide.locator('[name=token]').fill('tajny-token');
	await guide.getByTestId('guide-copy').nth(1).click();
	await guide.getByText('Skopiowano').first().waitFor();
	const copied = await page.evaluate(() => navigator.clipboard.readText());
	truly(copied.includes(visitor.origin) && copied.includes('tajny-token') && !copied.includes('{'), `what was copied: ${copied}`);
	await guide.getByRole('link', { name: 'Utwórz token' }).click();
	await visitor.find('token-new').waitFor();
	await page.goBack();
	await visitor.find('language').selectOption('en');
	await visitor.find('guide').getByText('What will be seen').waitFor();
	await visitor.find('language').selectOption('pl');
}

/** What came is told with what became of it: event by event, and requests that were refused whole. */
async function received({ appliance, visitor, page }) {
	await appliance.ask('/api/ingest/n8n', [
		report('1', 'n8n.workflow.started'),
		report('2', 'n8n.node.started', { nodeName: 'Pobierz' }),
		report('3', 'n8n.node.started'),
	]);
	await fetch(`${visitor.origin}/api/ingest/n8n`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${appliance.secret}`, 'Content-Type': 'application/json' },
		body: '{"id":',
	});
	await visitor.open('/settings/integrations/n8n');
	const door = visitor.find('receiver', { door: 'n8n' });
	const rows = (outcome) => door.locator(`[data-testid="received"][data-outcome="${outcome}"]`);
	await rows('refused').first().waitFor();
	equal([await rows('accepted').count(), await rows('refused').count()], [2, 2], 'what came in');
	const refused = (await rows('refused').allInnerTexts()).join(' ');
	for (const said of ['Całe żądanie', 'Element 3', 'payload.nodeName is required'])
		truly(refused.includes(said), `${said} in ${refused}`);
	const counts = door.getByTestId('received-counts');
	equal([await counts.getAttribute('data-accepted'), await counts.getAttribute('data-refused')], ['2', '2'], 'the counts');
	await rows('accepted').first().getByRole('link').click();
	await page.locator('main[data-page="execution"]').waitFor();
}

/** A body is tried before anything is set up, and leaves nothing. */
async function tried({ appliance, visitor }) {
	await visitor.open('/settings/integrations/airflow');
	const form = visitor.find('try', { door: 'openlineage' });
	await form.locator('summary').click();
	await form.getByRole('button', { name: 'Sprawdź' }).click();
	await form.getByText(/Powstał/).waitFor();
	truly((await form.getByTestId('received').first().innerText()).includes('zamkniecie_miesiaca'), 'what would be made');
	await visitor.mustLookRight('/settings/integrations/airflow', FEWER_LOOKS.slice(1));
	await form.locator('textarea').fill('{');
	await form.getByRole('button', { name: 'Sprawdź' }).click();
	await form.getByText('malformed_json').waitFor();
	const { items } = await appliance.ask('/api/monitoring/executions?q=zamkniecie_miesiaca');
	equal(items.length, 0, 'executions of what was only tried');
}

/** An address for a script: shown once, with its schedule; it works until it is revoked. */
async function scripts({ appliance, visitor, page }) {
	await visitor.open('/settings/integrations');
	await page.getByRole('link', { name: 'Adresy skryptów' }).click();
	await page.getByText('Nie ma jeszcze żadnego adresu.').waitFor();
	await visitor.find('ping-key-new').click();
	const form = visitor.find('ping-key-form');
	await form.locator('[name=name]').fill('Kopia płac');
	await form.locator('[name=rhythm]').selectOption('cron');
	await form.locator('[name=cron]').fill('co noc');
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('field-error').waitFor();
	});
	await form.locator('[name=rhythm]').selectOption('workdays');
	await form.locator('[name=time]').fill('02:30');
	await visitor.mustLookRight('/settings/ping-keys', FEWER_LOOKS.slice(0, 1));
	await form.locator('button[type=submit]').click();
	const made = visitor.find('ping-key-made');
	await made.waitFor();
	const url = await made.getByRole('region', { name: 'Adres' }).innerText();
	truly(url.startsWith(`${visitor.origin}/ping/`), `the address: ${url}`);
	for (const name of ['cron', 'PowerShell']) truly((await made.getByRole('region', { name }).innerText()).includes(url), name);
	await visitor.mustBeAccessible('an address that was made');
	await visitor.find('ping-key-kept').click();
	truly(!(await page.content()).includes(url), 'the address is shown once');
	const row = visitor.find('ping-key-row');
	truly((await row.innerText()).includes('codziennie o 02:30, tylko dni robocze, zwłoka do 60 min'), 'the schedule in words');

	equal((await fetch(`${url}/3`)).status, 200, 'a signal of the script');
	await until(
		async () => (await appliance.ask('/api/monitoring/executions?workflowId=kopia-plac')).items[0]?.status,
		'failed',
		'its run',
	);
	await visitor.find('ping-key-revoke').click();
	await visitor.find('ping-key-revoke-confirm').click();
	await row.waitFor({ state: 'detached' });
	equal((await fetch(`${url}/start`)).status, 404, 'a signal after the address was revoked');
}

/** Addresses for calendars and sheets: shown once, read without signing in, until they are revoked. */
async function feeds({ visitor, page }) {
	await visitor.open('/settings/integrations/spreadsheets');
	await visitor.find('guide').getByRole('link', { name: 'Utwórz adres' }).click();
	await visitor.find('feed-key-new').click();
	const form = visitor.find('feed-key-form');
	await form.locator('[name=name]').fill('Outlook Zofii');
	await form.locator('button[type=submit]').click();
	const made = visitor.find('feed-key-made');
	const url = await made.getByRole('region', { name: 'Kalendarz terminów' }).innerText();
	truly(url.startsWith(`${visitor.origin}/feed/`) && url.endsWith('.ics'), `the address: ${url}`);
	truly((await (await fetch(url)).text()).startsWith('BEGIN:VCALENDAR'), 'the calendar');
	await visitor.mustBeAccessible('addresses that were made');
	await visitor.find('feed-key-kept').click();
	truly(!(await page.content()).includes(url), 'the address is shown once');
	await visitor.find('feed-key-revoke').click();
	await visitor.find('feed-key-revoke-confirm').click();
	await page.getByText('Nie ma jeszcze żadnego adresu.').waitFor();
	equal((await fetch(url)).status, 404, 'the calendar after its address was revoked');
}

export const integrationPromises = [
	["a guide holds this server's address and the secret that is written, in both languages", guides],
	['what came in is told event by event, with reasons', received],
	['a body is tried without a trace', tried],
	['an address for a script is shown once, with its schedule, and is revoked', scripts],
	['addresses for calendars and sheets are read without signing in, and are revoked', feeds],
];
