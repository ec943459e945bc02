// What the pages about alerts promise: rules written as sentences, alerts at once, one click to take care, messages that can be followed.
import { plan, Run } from './engine.mjs';
import { Receiver } from './receiver.mjs';
import { equal, FEWER_LOOKS, truly, until, Visitor } from './visitor.mjs';

const SECRET = 'sekret-podpisu-0123456789';
const ERROR = { code: 'JPK-422', message: 'Błąd walidacji schemy JPK_V7M' };

const receiver = new Receiver();
const alertRow = (visitor, attributes = {}) => visitor.find('alert-row', attributes);
const ruleRow = (page, name) => page.locator('[data-testid="rule-row"]', { hasText: name });

function failing(id, workflowId) {
	const run = new Run(id, workflowId, { clientRef: 'kowalski' });
	return [
		run.execution('started', { steps: plan(2) }),
		run.step('started', 's1'),
		run.step('failed', 's1', { error: ERROR }),
		run.execution('failed', { error: ERROR }),
	];
}

/** AC6.1a to d. */
async function writeRule({ appliance, visitor, page }) {
	await receiver.open();
	await appliance.send(...new Run('jpk-0', 'jpk-generation').done('s1').slice(0, 1));
	await visitor.open('/executions');
	await page.getByRole('link', { name: 'Alerty' }).click();
	await page.locator('main[data-page="alerts"]').waitFor();
	await page.getByText('Brak aktywnych alertów').waitFor();
	await page.getByRole('link', { name: 'Reguły' }).click();
	await page.locator('main[data-page="rules"]').waitFor();
	truly(
		(await visitor.find('rule-row', { builtin: 'engine_silent' }).innerText()).includes('Wbudowana'),
		'built-in rules are marked',
	);
	await visitor.find('rule-new').click();
	const form = visitor.find('rule-form');
	await page.locator('summary', { hasText: 'dla biura rachunkowego' }).click();
	await visitor.find('preset', { 'preset-id': 'jpk-slow' }).getByRole('button').click();
	equal(await form.locator('[name=threshold]').inputValue(), '30', 'the threshold of a rule that is offered');
	await form.locator('[name=alertName]').fill('');
	await form.locator('[name=alertType]').selectOption('execution_failed');
	equal(await form.locator('[name=threshold], [name=consecutiveCount], [name=operator]').count(), 0, 'fields of a simple rule');
	await form.locator('[name=alertType]').selectOption('slow_execution');
	equal(await form.locator('[name=unit]').inputValue(), 'min', 'the unit of a duration');
	await form.locator('[name=alertType]').selectOption('consecutive_failures');
	await form.locator('[name=workflowId]').selectOption('jpk-generation');
	await form.locator('[name=consecutiveCount]').fill('0');
	await form.locator('[name=channel][value=webhook]').check();
	await form.locator('[name="webhook.url"]').fill('nie adres');
	await form.locator('[name="webhook.secret"]').fill(SECRET);
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('form-error').waitFor();
	});
	equal(
		await form.getByTestId('field-error').allInnerTexts(),
		['Podaj liczbę całkowitą od 1 do 100.', 'Podaj pełny adres http lub https.'],
		'what is wrong, at the fields',
	);
	equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'consecutiveCount', 'the focus after a refusal');
	await form.locator('[name=consecutiveCount]').fill('3');
	await form.locator('[name="webhook.url"]').fill(receiver.url);
	await form.locator('[name=alertName]').fill('JPK: trzy razy z rzędu');
	equal(
		await form.getByTestId('rule-sentence').innerText(),
		'Gdy w procesie „jpk-generation” wykonania nie powiodą się 3 razy z rzędu, powiadom: w aplikacji, webhookiem.',
		'the rule as a sentence',
	);
	await visitor.mustLookRight('alerts-rules-new', FEWER_LOOKS);
	await form.getByTestId('backtest').click();
	await visitor.find('backtest-result', { value: '0' }).waitFor();
	await form.locator('button[type=submit]').click();
	await ruleRow(page, 'JPK: trzy razy z rzędu').waitFor();
}

/** AC6.2a to d: at once on the third, pushed, told by every channel, and answered from the message without signing in; looking changes nothing. */
async function raised({ appliance, visitor, page, browser }) {
	await visitor.open('/alerts');
	await visitor.live();
	await page.getByText('Brak aktywnych alertów').waitFor();
	await appliance.send(...failing('jpk-1', 'jpk-generation'), ...failing('jpk-2', 'jpk-generation'));
	equal(await alertRow(visitor).count(), 0, 'alerts after two failures');
	await appliance.send(...failing('jpk-3', 'jpk-generation'));
	await alertRow(visitor, { status: 'active', severity: 'critical' }).waitFor();
	await until(() => page.title(), '(1) Alerty – Flowwatch', 'the title while there is trouble');
	equal(await page.locator('#favicon').getAttribute('href'), '/favicon-failed.svg', 'the icon while there is trouble');
	equal(await visitor.find('alerts-trouble').getAttribute('data-value'), '1', 'trouble in the navigation');
	const said = await alertRow(visitor).innerText();
	for (const part of ['Krytyczny', 'jpk-generation', 'jpk-3', 'Aktywny'])
		truly(said.includes(part), `the row names ${part}: ${said}`);
	await until(() => receiver.came.length, 1, 'messages to the webhook');
	equal(
		receiver.came[0].alertId ?? receiver.came[0].alert?.alertId,
		await alertRow(visitor).getAttribute('data-rule-id'),
		'the rule in the message',
	);
	const stranger = await browser.newContext({ locale: 'pl-PL' });
	const opened = await stranger.newPage();
	await opened.goto(receiver.came[0].links.acknowledge);
	await opened.locator('main[data-page="answer"]').waitFor();
	truly((await opened.innerText('main')).includes('jpk-generation'), 'the page of the link tells of the alert');
	equal(await alertRow(visitor).getAttribute('data-status'), 'active', 'an alert of which the link was only opened');
	await opened.getByTestId('alert-escalate').click();
	await alertRow(visitor, { status: 'escalated' }).waitFor();
	await stranger.close();
}

/** B-103: what changes something waits for the server, and says so; with the server it comes back by itself. */
async function cutOff({ appliance, visitor, page }) {
	const acknowledge = alertRow(visitor).getByTestId('alert-ack');
	truly(await acknowledge.isEnabled(), 'the button while the server answers');
	await visitor.expectingFailures(async () => {
		await appliance.kill();
		await until(() => acknowledge.isDisabled(), true, 'the button without a server is switched off');
		equal(await acknowledge.getAttribute('title'), 'Bez połączenia nie można nic zmienić.', 'why it is switched off');
		await visitor.find('connection-banner').getByText('Bez połączenia nie można nic zmienić.').waitFor();
		const icon = await page.locator('#favicon').getAttribute('href');
		truly(icon.startsWith('data:image/svg+xml,') && icon.includes('brak'), `the icon without a server is drawn here: ${icon}`);
		await appliance.start();
		await visitor.live(15_000);
	});
	await until(() => acknowledge.isEnabled(), true, 'the button when the server is back');
	equal(await page.locator('#favicon').getAttribute('href'), '/favicon-failed.svg', 'the icon when the server is back');
}

/** AC6.2d in two windows: one click takes care; escalation and the end with a comment; messages with their state; the rule as it was. */
async function takeCare({ visitor, page }) {
	const second = await visitor.context.newPage();
	await second.goto(`${visitor.origin}/alerts`);
	await second.locator('[data-testid="connection"][data-state="live"]').waitFor();
	await alertRow(visitor).getByTestId('alert-ack').click();
	await alertRow(visitor, { status: 'acknowledged' }).waitFor();
	await second.locator('[data-testid="alert-row"][data-status="acknowledged"]').waitFor();
	await second.close();
	equal(await visitor.find('alert-caretaker').innerText(), 'anna', 'who takes care');
	await until(() => page.title(), 'Alerty – Flowwatch', 'the title without trouble');
	await alertRow(visitor).getByRole('link').first().click();
	const detail = visitor.find('alert-detail', { status: 'acknowledged' });
	await detail.waitFor();
	await visitor.find('delivery', { channel: 'webhook', status: 'delivered' }).first().waitFor();
	await visitor.find('delivery', { channel: 'in_app', status: 'delivered' }).first().waitFor();
	await page.getByText('wykonania nie powiodą się 3 razy z rzędu').waitFor();
	await visitor.mustLookRight('alerts-one', FEWER_LOOKS);
	await detail.getByTestId('alert-escalate').click();
	await visitor.find('alert-detail', { status: 'escalated' }).waitFor();
	await page.locator('[name=comment]').fill('Poprawiono schemę, wysyłka idzie.');
	await page.getByTestId('alert-resolve').click();
	await visitor.find('alert-detail', { status: 'resolved' }).waitFor();
	await until(
		() =>
			visitor
				.find('alert-comment')
				.allInnerTexts()
				.then((all) => ['Poprawiono schemę', 'anna'].every((part) => all.join().includes(part))),
		true,
		'the comment with the name of who wrote it',
	);
	equal(await page.locator('[data-testid^="alert-ack"], [data-testid="alert-resolve"]').count(), 0, 'actions on a closed alert');
}

/** Rows keep still under the pointer; the filter stands in the address and finds closed ones. */
async function listOfAlerts({ appliance, visitor, page }) {
	await page.evaluate(() =>
		fetch('/api/monitoring/alerts', {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({
				alertName: 'Każde niepowodzenie',
				alertType: 'execution_failed',
				notificationChannels: [{ type: 'in_app', config: {} }],
			}),
		}),
	);
	await visitor.open('/alerts');
	await visitor.live();
	await alertRow(visitor, { status: 'resolved' }).waitFor();
	await page.mouse.move(0, 0);
	await appliance.send(...failing('pla-1', 'payroll'));
	await alertRow(visitor, { severity: 'error', status: 'active' }).waitFor();
	await alertRow(visitor, { status: 'active' }).hover();
	const open = () => alertRow(visitor, { status: 'active' }).evaluateAll((all) => all.map((one) => one.dataset.alertId));
	const [old] = await open();
	await appliance.send(...failing('vat-1', 'vat-filing'));
	await visitor.find('new-rows').waitFor();
	const held = await open();
	equal([held.length, held[0]], [2, old], 'open rows while the pointer is over them: the new one is last');
	await visitor.find('new-rows').click();
	await until(async () => (await open())[1], old, 'the last open row after the pill');
	await visitor.mustLookRight('alerts', FEWER_LOOKS);

	await visitor.find('filter-severity', { value: 'critical' }).click();
	equal(new URL(page.url()).search, '?severity=critical', 'the filter in the address');
	await until(() => alertRow(visitor).count(), 1, 'critical alerts');
	await visitor.open('/alerts?status=resolved');
	await alertRow(visitor, { status: 'resolved' }).waitFor();
	equal(await alertRow(visitor, { status: 'active' }).count(), 0, 'open ones among closed ones');
	await visitor.open('/alerts?status=active&severity=error');
	await until(() => alertRow(visitor).count(), 2, 'open errors');
	await page.mouse.move(0, 0);
	await alertRow(visitor).first().getByTestId('alert-ack').click();
	await until(() => alertRow(visitor).count(), 1, 'open errors after one was acknowledged');

	await visitor.open('/executions/vat-1?tab=alerts');
	await alertRow(visitor).waitFor();
	await visitor.mustLookRight('executions-one-alerts', FEWER_LOOKS);
}

/** The bell counts what was told in the application. */
async function inbox({ visitor, page }) {
	await visitor.open('/executions');
	const bell = visitor.find('bell');
	await until(async () => Number(await bell.getAttribute('data-unread')) >= 3, true, 'unread notifications');
	await bell.click();
	await visitor.find('inbox-item', { read: 'false' }).first().waitFor();
	await visitor.mustLookRight('inbox', FEWER_LOOKS);
	equal(await visitor.find('alarm-sound').isChecked(), false, 'the sound at first');
	await visitor.find('inbox-read-all').click();
	await until(() => bell.getAttribute('data-unread'), '0', 'unread notifications after all were read');
	await page.keyboard.press('Escape');
	equal(await bell.getAttribute('aria-expanded'), 'false', 'the inbox after Escape');
}

/** Secrets stay masked and kept; another version is told; a test tells each channel's result; a rule goes. */
async function changeRule({ visitor, page }) {
	await visitor.open('/alerts/rules');
	await visitor.find('rule-row').first().waitFor();
	await visitor.mustLookRight('alerts-rules', FEWER_LOOKS);
	const row = ruleRow(page, 'JPK: trzy razy z rzędu');
	const id = await row.getAttribute('data-rule-id');
	await row.getByTestId('rule-switch').click();
	await visitor.find('rule-row', { 'rule-id': id, active: 'false' }).waitFor();
	await row.getByTestId('rule-switch').click();
	await visitor.find('rule-row', { 'rule-id': id, active: 'true' }).waitFor();
	await row.getByRole('link').click();
	const form = visitor.find('rule-form');
	await form.waitFor();
	truly(!(await page.content()).includes(SECRET), 'the secret is not shown');
	await form.locator('[name=cooldownMinutes]').fill('30');
	await page.evaluate(
		(path) => fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"severity":"error"}' }),
		`/api/monitoring/alerts/${id}`,
	);
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByText('Ktoś zmienił te dane w międzyczasie').waitFor();
	});
	await visitor.find('form-reload').click();
	await until(() => form.locator('[name=severity]').inputValue(), 'error', 'the severity that was stored meanwhile');
	await form.locator('[name=cooldownMinutes]').fill('30');
	await form.locator('button[type=submit]').click();
	await visitor.find('rule-saved').waitFor();
	const before = receiver.came.length;
	await visitor.find('rule-test').click();
	const result = visitor.find('rule-test-result');
	await result.locator('[data-channel="webhook"][data-status="delivered"]').waitFor();
	await result.locator('[data-channel="in_app"][data-status="delivered"]').first().waitFor();
	truly(receiver.came.length > before, 'the test message arrived');
	await visitor.mustBeAccessible('a rule with a test');

	await visitor.open('/alerts/rules');
	await ruleRow(page, 'Każde niepowodzenie').getByRole('link').click();
	await visitor.find('rule-delete').click();
	await visitor.find('rule-delete-confirm').click();
	await page.locator('main[data-page="rules"]').waitFor();
	await ruleRow(page, 'Każde niepowodzenie').waitFor({ state: 'detached' });
}

async function silencesAndMessages({ visitor, page }) {
	await visitor.open('/alerts/silences');
	await visitor.find('silence-new').click();
	const form = visitor.find('silence-form');
	await form.locator('[name=reason]').fill('x');
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('field-error').waitFor();
	});
	await form.locator('[name=workflowId]').selectOption('jpk-generation');
	await form.locator('[name=reason]').fill('Znana awaria bramki KSeF');
	await visitor.mustLookRight('alerts-silences', FEWER_LOOKS);
	await form.locator('button[type=submit]').click();
	const row = visitor.find('silence-row', { state: 'running' });
	await row.waitFor();
	truly((await row.innerText()).includes('jpk-generation'), 'what the silence is about');
	await row.getByTestId('silence-end').click();
	await row.waitFor({ state: 'detached' });

	await visitor.open('/alerts/deliveries');
	await visitor.find('delivery', { status: 'delivered' }).first().waitFor();
	await visitor.mustLookRight('alerts-deliveries', FEWER_LOOKS);
	await page.locator('main select[name=status]').selectOption('dead');
	equal(new URL(page.url()).search, '?status=dead', 'the state in the address');
	await page.getByText('Nie ma wiadomości w tym stanie.').waitFor();
}

/** Who only looks sees alerts, and no buttons. */
async function onlyLooking({ visitor, page, browser }) {
	const made = await page.evaluate(() =>
		fetch('/api/admin/users', {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ login: 'widz', password: 'tylko patrzę dziś', roles: ['viewer'] }),
		}).then((answer) => answer.status),
	);
	equal(made, 201, 'the account of a viewer');
	const viewer = await Visitor.arrive(browser, visitor.origin);
	await viewer.expectingFailures(async () => {
		await viewer.open('/alerts');
		const form = viewer.find('login');
		await form.locator('[name=login]').fill('widz');
		await form.locator('[name=password]').fill('tylko patrzę dziś');
		await form.locator('button[type=submit]').click();
		await alertRow(viewer).first().waitFor();
	});
	const buttons = '[data-testid^="alert-ack"], [data-testid="alert-escalate"], [data-testid="alert-resolve"]';
	equal(await viewer.page.locator(buttons).count(), 0, 'actions of a viewer');
	await viewer.open('/alerts/rules');
	await viewer.find('rule-row').first().waitFor();
	equal(await viewer.find('rule-new').count(), 0, 'the button of a new rule');
	await viewer.find('rule-row').first().getByRole('link').click();
	await viewer.page.getByRole('heading', { level: 2 }).waitFor();
	equal(await viewer.find('rule-form').count(), 0, 'the form of a rule');
	await viewer.mustBeAccessible('a rule for a viewer');
	await viewer.find('language').selectOption('en');
	await viewer.page.getByRole('link', { name: 'Rules' }).first().waitFor();
	viewer.mustBeQuiet();
	await viewer.context.close();
	receiver.close();
}

export const alertPromises = [
	['a rule is written as a sentence, and says at its fields what is wrong', writeRule],
	['three failures in a row are an alert at once, in the list, the title and a message', raised],
	['what changes something waits for the server', cutOff],
	['one click takes care of an alert; comments, messages and the rule stand by it', takeCare],
	['alerts keep still under the pointer, and are found by filters and by execution', listOfAlerts],
	['the bell counts and keeps what was told', inbox],
	['a rule keeps its secrets, tells of another version, tries its channels and goes', changeRule],
	['silences begin and end, messages are listed', silencesAndMessages],
	['who only looks sees no buttons', onlyLooking],
];
