// What the dashboard promises: it is there at once, changed by mouse and by keyboard, kept, shared with screens that only read.
import { plan, Run } from './engine.mjs';
import { equal, FEWER_LOOKS, LOOKS, PHONE, truly, until, Visitor } from './visitor.mjs';

const widget = (visitor, id) => visitor.find('widget', { 'widget-id': id });
const place = async (visitor, id) => {
	const { x, y, w, h } = await widget(visitor, id).evaluate((one) => ({ ...one.dataset }));
	return [x, y, w, h].map(Number);
};
const boardId = (page) => page.locator('main').getAttribute('data-dashboard-id');

async function drag(page, handle, dx, dy) {
	const box = await handle.boundingBox();
	const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
	await page.mouse.move(x, y);
	await page.mouse.down();
	await page.mouse.move(x + dx / 2, y + dy / 2, { steps: 4 });
	await page.mouse.move(x + dx, y + dy, { steps: 4 });
	await page.mouse.up();
}

async function edit(visitor) {
	await visitor.find('dashboard-edit').click();
	await visitor.find('widget-add').waitFor();
	await visitor.find('widget-move').first().waitFor();
}

/** AC8.1a to f; B-72. */
async function look({ appliance, visitor, page }) {
	const first = new Run('pulpit-0', 'pulpit', { clientRef: 'a' });
	await appliance.send(first.execution('started'), first.execution('completed'));
	await appliance.ask('/api/monitoring/alerts', {
		workflowId: 'pulpit',
		alertType: 'execution_failed',
		alertName: 'Pulpit zawodzi',
		severity: 'warning',
		notificationChannels: [{ type: 'in_app', config: {} }],
	});
	await visitor.open('/');
	await page.locator('main[data-page="dashboard"]').waitFor();
	await visitor.live();
	const types = await visitor.find('widget').evaluateAll((all) => all.map((one) => one.dataset.widgetType));
	for (const type of ['active_executions', 'failed_executions', 'system_health', 'alert_list', 'workflow_health', 'queue_status'])
		truly(types.includes(type), `the first dashboard has no ${type}`);
	truly(types.includes('tax_deadlines'), 'the first dashboard has no tax_deadlines');
	const active = visitor.find('active-count');
	const attention = visitor.find('attention-count');
	await until(() => widget(visitor, 'active_executions').getAttribute('data-state'), 'ready', 'the state of a widget');
	const [before, failed] = [await active.getAttribute('data-value'), await attention.getAttribute('data-value')].map(Number);
	const [good, bad] = [new Run('pulpit-1', 'pulpit', { clientRef: 'a' }), new Run('pulpit-2', 'pulpit', { clientRef: 'b' })];
	await appliance.send(good.execution('started', { steps: plan(2) }), bad.execution('started'), bad.execution('failed'));
	await until(() => active.getAttribute('data-value'), String(before + 1), 'the count of what runs');
	await until(() => attention.getAttribute('data-value'), String(failed + 1), 'the count of what needs attention');
	const { items } = await appliance.ask('/api/monitoring/alert-history?workflowId=pulpit');
	equal(items.length, 1, 'alerts of the failed run');
	const newest = widget(visitor, 'alert_list').getByTestId('alert-row').first();
	await until(() => newest.getAttribute('data-alert-id'), items[0].id, 'the newest of the recent alerts');
	const health = async () => (await appliance.ask('/api/monitoring/system/health')).status;
	await until(() => visitor.find('health').getAttribute('data-status'), await health(), 'the health of the system');
	const again = new Run('pulpit-3', 'pulpit', { clientRef: 'b' });
	await appliance.send(again.execution('started'), again.execution('completed'), good.execution('completed'));
	await until(() => attention.getAttribute('data-value'), String(failed), 'a later success of the same client makes it good');
	const updated = async () => Date.parse(await widget(visitor, 'active_executions').getAttribute('data-updated-at'));
	await until(async () => Date.now() - (await updated()) < 6_000, true, 'data of a widget are not older than 5 s');

	await page.getByRole('button', { name: 'Wstrzymaj' }).click();
	await until(() => widget(visitor, 'active_executions').getAttribute('data-state'), 'paused', 'a widget while paused');
	await page.getByRole('button', { name: 'Wznów na żywo' }).first().click();
	await visitor.find('range').selectOption('7d');
	await page.locator('main select[name=workflow]').selectOption('pulpit');
	equal(new URL(page.url()).search, '?range=7d&workflow=pulpit', 'range and workflow in the address');
	await until(() => active.getAttribute('data-value'), '0', 'what runs of the chosen workflow');
	await visitor.open('/');
}

/** AC8.2a and b: places follow at once, nothing overlaps, and what was saved is there again. */
async function rearrange({ visitor, page }) {
	await edit(visitor);
	equal(await place(visitor, 'failed_executions'), [0, 3, 5, 3], 'the place of a widget');
	await widget(visitor, 'failed_executions').focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Shift+ArrowRight');
	equal(await place(visitor, 'failed_executions'), [1, 3, 6, 3], 'its place after keys');
	truly(
		(await page.locator('main [aria-live=polite]').innerText()).includes('kolumna 2, wiersz 4, szerokość 6, wysokość 3'),
		'the new place in words',
	);
	equal(await place(visitor, 'alert_list'), [5, 6, 4, 3], 'what was in its way gives way');

	const cell = (await widget(visitor, 'system_health').boundingBox()).width / 3;
	await drag(page, widget(visitor, 'queue_status').getByTestId('widget-move'), -cell * 6, 0);
	await until(() => place(visitor, 'queue_status').then(String), '0,0,3,3', 'a widget that was dragged');
	await drag(page, widget(visitor, 'queue_status').getByTestId('widget-resize'), cell, 0);
	await until(() => place(visitor, 'queue_status').then(String), '0,0,4,3', 'a widget that was pulled wider');

	await visitor.find('widget-add').click();
	await visitor.find('widget-type', { value: 'timeline' }).click();
	await until(() => page.evaluate(() => document.activeElement?.dataset.widgetId), 'timeline', 'the new widget has the focus');
	await page.keyboard.press('Delete');
	await visitor.find('widget-undo').click();
	await widget(visitor, 'timeline').getByTestId('widget-configure').click();
	await visitor.find('widget-form').locator('[name=title]').fill('<b>Zamknięcie</b>');
	await visitor.find('widget-form').locator('button[type=submit]').click();
	await widget(visitor, 'alert_list').getByTestId('widget-remove').click();

	for (const leave of [
		() => page.goBack(),
		() => page.getByRole('link', { name: 'Kolejka' }).click(),
		() => page.keyboard.type('gk'),
	]) {
		await leave();
		await visitor.find('dashboard-leave').waitFor();
		await page.keyboard.press('Escape');
		await visitor.find('dashboard-leave').waitFor({ state: 'detached' });
	}
	await page.keyboard.press('Control+s');
	await visitor.find('dashboard-save', { dirty: 'false' }).waitFor();
	const places = () =>
		visitor.find('widget').evaluateAll((all) => all.map(({ dataset: d }) => [d.widgetId, d.x, d.y, d.w, d.h].join()));
	const saved = (await places()).sort();
	await page.reload();
	await widget(visitor, 'timeline').waitFor();
	equal((await places()).sort(), saved, 'places after a reload');
	equal(await widget(visitor, 'timeline').locator('h2').innerText(), '<b>Zamknięcie</b>', 'a title is text');
	equal(await widget(visitor, 'alert_list').count(), 0, 'a widget that was removed');
	await visitor.find('dashboard-edit').click();
	await visitor.find('widget-add').waitFor({ state: 'detached' });
	equal((await places()).sort(), saved, 'places outside editing');
}

/** Somebody else saved meanwhile: nothing is lost unasked. */
async function conflict({ visitor, page }) {
	const theirs = (id, name) =>
		page.evaluate(
			async ([path, body]) =>
				(await fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body })).status,
			[`/api/monitoring/dashboards/${id}`, JSON.stringify({ name })],
		);
	const id = await boardId(page);
	await edit(visitor);
	await widget(visitor, 'queue_status').focus();
	await page.keyboard.press('ArrowDown');
	equal(await theirs(id, 'Pulpit biura po zmianie'), 200, 'a change from elsewhere');
	await visitor.expectingFailures(async () => {
		await visitor.find('dashboard-save').click();
		await visitor.find('conflict-mine').click();
	});
	await visitor.find('dashboard-save', { dirty: 'false' }).waitFor();
	equal((await place(visitor, 'queue_status'))[1], 1, 'what was saved over theirs');
	await until(
		() => visitor.find('dashboard-switch').locator('option:checked').innerText(),
		'Pulpit biura po zmianie',
		'the name',
	);
	await page.keyboard.press('ArrowDown');
	equal(await theirs(id, 'Pulpit biura'), 200, 'another change from elsewhere');
	await widget(visitor, 'queue_status').focus();
	await page.keyboard.press('ArrowDown');
	await visitor.expectingFailures(async () => {
		await visitor.find('dashboard-save').click();
		await visitor.find('conflict-theirs').click();
	});
	await until(async () => (await place(visitor, 'queue_status'))[1], 1, 'theirs in place of mine');
	await visitor.find('dashboard-edit').click();
	await visitor.find('widget-add').waitFor({ state: 'detached' });
}

/** AC8.2c and d, Z7.1. */
async function several({ visitor, page }) {
	const first = await boardId(page);
	await visitor.find('dashboard-new').click();
	const form = visitor.find('dashboard-form');
	await form.locator('[name=name]').fill('Telewizor w sekretariacie');
	await form.locator('[value=screen]').check();
	await form.locator('button[type=submit]').click();
	await until(async () => (await boardId(page)) !== first, true, 'the new dashboard is shown');
	const second = await boardId(page);
	await widget(visitor, 'system_health-0-0').waitFor();
	equal(await visitor.find('dashboard-option').count(), 2, 'dashboards to switch between');
	await visitor.find('dashboard-default').click();
	await until(() => visitor.find('dashboard-default').getAttribute('aria-pressed'), 'true', 'the default is marked');
	await visitor.open('/');
	await until(() => boardId(page), second, 'what somebody begins with');
	await visitor.find('dashboard-switch').selectOption(first);
	await until(() => boardId(page), first, 'the other one');
	await visitor.find('dashboard-default').click();
	await until(() => visitor.find('dashboard-default').getAttribute('aria-pressed'), 'true', 'only one is the default');
}

/** 9b, ui.md 5.7: a screen reads and nothing else, in turns, until its link is taken back. */
async function screen({ visitor, page, browser }) {
	const id = await boardId(page);
	const other = await visitor
		.find('dashboard-option')
		.evaluateAll((all) => all.map((one) => one.dataset.value))
		.then((all) => all.find((one) => one !== id));
	await visitor.find('dashboard-menu').click();
	await visitor.find('dashboard-share').click();
	await visitor.find('share-make').click();
	const url = await visitor.find('share-url').inputValue();
	const wall = await Visitor.arrive(browser, visitor.origin);
	await wall.page.goto(url.replace('#', `?rotate=${other}&every=15#`));
	await wall.page.locator(`main[data-page="kiosk"][data-dashboard-id="${id}"]`).waitFor();
	await wall.live();
	await until(() => wall.find('active-count').count(), 1, 'a widget on the screen');
	await wall.find('kiosk-updated').waitFor();
	equal(new URL(wall.page.url()).hash, '', 'the key does not stay in the address');
	equal(await wall.page.locator('nav, [data-testid="dashboard-edit"], [data-testid="alert-ack"]').count(), 0, 'ways to write');
	equal(await wall.page.locator('html').getAttribute('data-theme'), 'dark', 'the theme of a screen');
	await wall.mustBeAccessible('the screen');
	await wall.page.keyboard.press(' ');
	await wall.find('kiosk-turn', { paused: 'true' }).waitFor();
	await wall.page.keyboard.press('ArrowRight');
	await wall.page.locator(`main[data-dashboard-id="${other}"]`).waitFor();
	await wall.expectingFailures(async () => {
		const status = await wall.page.evaluate(
			async () => (await fetch('/api/monitoring/dashboards', { method: 'POST', body: '{"name":"Nie wolno"}' })).status,
		);
		equal(status, 403, 'a screen that writes');
		await wall.open('/executions');
		await wall.page.locator('main[data-page="kiosk"]').waitFor();
		await visitor.find('share-withdraw').click();
		await wall.page.locator('main[data-page="login"]').waitFor();
	});
	wall.mustBeQuiet();
	await wall.context.close();
	await page.keyboard.press('Escape');
}

async function everyLook({ visitor, page }) {
	await visitor.open('/');
	await visitor.live();
	await visitor.find('active-count').waitFor();
	await visitor.mustLookRight('/', FEWER_LOOKS);
	await edit(visitor);
	await visitor.mustLookRight('/d/edit', [LOOKS[0], LOOKS[1]]);
	await page.setViewportSize(PHONE);
	await visitor.mustFit('/d/edit (phone)');
	await page.setViewportSize({ width: 1440, height: 900 });
	await visitor.find('dashboard-edit').click();
	await visitor.find('widget-add').waitFor({ state: 'detached' });
}

export const dashboardPromises = [
	['the dashboard counts what runs and what needs attention, live, narrowed by the address', look],
	['widgets are moved, resized, added and removed by mouse and keyboard, and stay where they were put', rearrange],
	['a dashboard that somebody else saved meanwhile is not overwritten unasked', conflict],
	['there are several dashboards, and one to begin with', several],
	['a screen shows dashboards in turns, reads and cannot write, until its link is taken back', screen],
	['the dashboard is accessible and fits, to look at and to edit, in both themes', everyLook],
];
