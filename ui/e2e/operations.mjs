// What the pages of the queue, of resources and of the morning promise: the API's numbers at once, honest words, warnings where they are looked for.
import { plan, Run } from './engine.mjs';
import { equal, FEWER_LOOKS, truly, until } from './visitor.mjs';

const QUEUE = '/api/monitoring/queue';
const WARN_DEPTH = 100;

const figure = (visitor, name, attribute) => visitor.find(name).getAttribute(`data-${attribute}`);
const queued = (id, part = {}) => new Run(id, 'jpk-generation', part).execution('queued', { steps: plan(2) });

/** Whatever waits is taken back, so that the numbers are known. */
async function emptyQueue(appliance) {
	for (let page = 0; page < 10; page++) {
		const { items } = await appliance.ask('/api/monitoring/executions?status=pending&limit=100');
		if (items.length === 0) return;
		const end = ({ executionId, workflowId }) =>
			new Run(executionId, workflowId).execution('cancelled', { eventId: `${executionId}-taken-back` });
		await appliance.send(...items.map(end));
	}
	throw new Error('the queue does not become empty');
}

/** AC5.1a to e, AC5.2b, B-45, B-46, B-89. */
async function queueNumbers({ appliance, visitor, page }) {
	await emptyQueue(appliance);
	await visitor.open('/queue');
	await visitor.live();
	await until(() => figure(visitor, 'queue-pending', 'value'), '0', 'the number of an empty queue');
	await page.getByText('Nic nie czeka w kolejce.').waitFor();

	await appliance.send(queued('kol-1', { priority: 'LOW' }), queued('kol-2', { priority: 'NORMAL', clientRef: 'nowak' }));
	await visitor.find('queue-pending', { value: '2' }).waitFor();
	await visitor.find('queue-row', { 'execution-id': 'kol-2' }).waitFor();
	const said = await appliance.ask(QUEUE);
	for (const priority of ['HIGH', 'NORMAL', 'LOW']) {
		const shown = await visitor.find('queue-priority', { priority }).getAttribute('data-value');
		equal(shown, String(said.pendingByPriority[priority]), `how many of ${priority} wait`);
	}
	equal(await figure(visitor, 'queue-rate', 'value'), String(said.processingRatePerMinute), 'the rate');
	const clearance = said.estimatedClearanceSeconds === null ? '' : String(said.estimatedClearanceSeconds);
	equal(await figure(visitor, 'queue-eta', 'seconds'), clearance, 'when the queue will be empty');
	equal(await figure(visitor, 'queue-oldest', 'execution-id'), 'kol-1', 'what waits longest');
	const wait = said.waitSampleSize === 0 ? '' : String(said.averageWaitSeconds);
	equal(await figure(visitor, 'queue-wait', 'seconds'), wait, 'the average wait');
	const order = () => visitor.find('queue-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-execution-id')));
	const { items } = await appliance.ask(`${QUEUE}/next`);
	equal(
		await order(),
		items.map(({ executionId }) => executionId),
		'the order of the queue',
	);

	await visitor.find('queue-priority', { priority: 'LOW' }).click();
	equal(new URL(page.url()).search, '?priority=LOW', 'the filter in the address');
	equal(await order(), ['kol-1'], 'what is of low priority');
	await visitor.find('queue-tax').click();
	equal(new URL(page.url()).search, '?priority=LOW&tax=1', 'both filters in the address');
	await page.getByText('Nic w kolejce nie pasuje do filtrów.').waitFor();
	await page.getByRole('button', { name: 'Pokaż wszystkie' }).click();
	await visitor.find('queue-row', { 'execution-id': 'kol-2' }).waitFor();
	await visitor.mustLookRight('queue', FEWER_LOOKS);
}

/** AC5.2c, B-89: what was asked is not claimed to be done before the engine says so. */
async function honestWish({ appliance, visitor, page }) {
	const row = visitor.find('queue-row', { 'execution-id': 'kol-1' });
	await row.getByTestId('prioritise').click();
	const state = (name) => row.locator(`[data-testid="priority-state"][data-state="${name}"]`);
	await state('requested').waitFor();
	truly((await state('requested').innerText()).includes('jeszcze nie potwierdził'), 'the wish is not said to be granted');
	await page.mouse.move(0, 0);
	await page.evaluate(() => document.activeElement?.blur());
	await until(
		() => visitor.find('queue-row').first().getAttribute('data-execution-id'),
		'kol-1',
		'the first of the queue after a wish',
	);
	const { items } = await appliance.ask('/api/ingest/commands');
	const command = items.find(({ executionId }) => executionId === 'kol-1');
	equal(command.priority, 'HIGH', 'what the engine is asked');
	await appliance.ask(`/api/ingest/commands/${command.id}/acknowledge`, { outcome: 'acknowledged' });
	await state('acknowledged').waitFor();
}

/** AC5.2a, B-50: above the threshold, on the page and on the dashboard, and no longer once it was worked off. */
async function backlog({ appliance, visitor }) {
	await appliance.send(...Array.from({ length: WARN_DEPTH - 2 }, (_, n) => queued(`zal-${n}`)));
	await visitor.find('queue-pending', { value: String(WARN_DEPTH) }).waitFor();
	equal(await visitor.find('queue-warning').count(), 0, 'warnings at the threshold');
	await appliance.send(queued('zal-za-duzo'));
	await visitor.find('queue-warning').waitFor();
	await visitor.open('/');
	await visitor.live();
	await visitor.find('queue-warning').waitFor();
	await visitor.find('health', { status: 'yellow' }).waitFor();
	await emptyQueue(appliance);
	await visitor.find('queue-warning').waitFor({ state: 'detached' });
}

/** AC4.1a to e, AC4.2a to c, B-48. */
async function resources({ appliance, visitor, page }) {
	const used = new Run('zas-1', 'jpk-generation');
	await appliance.send(
		used.execution('started', { steps: plan(2) }),
		used.step('started', 's1', { timestamp: new Date(Date.now() - 20_000).toISOString() }),
		used.step('completed', 's1', { cpuUsagePercent: 60, memoryUsageMb: 512 }),
	);
	await visitor.open('/resources');
	await visitor.live();
	await visitor.find('resource', { metric: 'cpu.usage_percent', source: 'self' }).waitFor();
	equal(
		await visitor.find('resource', { metric: 'db.active_connections', source: 'engine' }).getAttribute('data-value'),
		'',
		'what no engine said',
	);
	await appliance.ask('/api/monitoring/alerts', {
		alertType: 'resource_threshold',
		alertName: 'Procesor silnika',
		severity: 'warning',
		conditions: [{ metric: 'cpu', operator: 'gt', threshold: 80, consecutiveCount: 1 }],
		notificationChannels: [{ type: 'in_app', config: {} }],
	});
	await appliance.ask('/api/ingest/samples', [
		{ metric: 'cpu.usage_percent', value: 91.5 },
		{ metric: 'db.active_connections', value: 12 },
		{ metric: 'ksef.sessions', value: 3 },
	]);
	await visitor.find('resource-warning', { code: 'cpu' }).first().waitFor();
	await visitor.find('resource', { metric: 'cpu.usage_percent', source: 'engine', value: '91.5' }).waitFor();
	await visitor.find('resource', { metric: 'db.active_connections', source: 'engine', value: '12' }).waitFor();
	const told = async () => {
		const { items } = await appliance.ask('/api/monitoring/alert-history?limit=100');
		return items.filter((one) => one.alertType === 'resource_threshold').length;
	};
	await until(async () => (await told()) > 0, true, 'an alert of the engine that is over its threshold');
	const gauge = visitor.find('resource', { metric: 'ksef.sessions', source: 'engine', value: '3' });
	truly(Date.now() - Date.parse(await gauge.getAttribute('data-at')) < 60_000, 'the time of a sample');
	await visitor.find('consumers-window', { value: '1h' }).click();
	equal(new URL(page.url()).search, '?window=1h', 'the window in the address');
	await visitor.find('consumer', { 'workflow-id': 'jpk-generation' }).waitFor();
	await visitor.find('range', { value: '24h' }).click();
	equal(new URL(page.url()).search, '?window=1h&range=24h', 'the range in the address');
	await visitor.find('backup-age').waitFor();
	await visitor.mustLookRight('resources', FEWER_LOOKS);
	await visitor.open('/');
	await visitor.find('resource-warning', { code: 'cpu' }).first().waitFor();
}

/** The report of the morning is a page, and a sheet of paper. */
async function report({ appliance, visitor, page }) {
	const error = { code: 'KSEF-503', message: 'Bramka KSeF nie odpowiada' };
	const run = new Run('rap-1', 'jpk-generation', { clientRef: 'kowalski' });
	await appliance.send(run.execution('started', { steps: plan(2) }), run.execution('failed', { error }));
	await visitor.open('/alerts');
	await page.getByRole('link', { name: 'Raport poranny' }).click();
	await page.locator('main[data-page="report"]').waitFor();
	const line = visitor.find('report-run', { 'execution-id': 'rap-1' });
	await line.waitFor();
	truly((await line.innerText()).includes(error.message), 'why it failed');
	equal(await line.getByRole('link').getAttribute('href'), '/executions/rap-1', 'where the run leads');
	await visitor.find('report-backup').waitFor();
	await page.getByText('Brak raportu = sprawdź serwer.').waitFor();
	await page.emulateMedia({ media: 'print' });
	equal(await page.getByRole('navigation').first().isVisible(), false, 'the navigation on paper');
	equal(await page.getByRole('button', { name: 'Drukuj' }).isVisible(), false, 'the button on paper');
	truly(await line.isVisible(), 'the run on paper');
	truly((await page.pdf({ format: 'A4' })).length > 1_000, 'the sheet');
	await page.emulateMedia({ media: 'screen' });
	await visitor.mustLookRight('report', FEWER_LOOKS);
}

/** Quiet hours, known outages, levels of escalation. */
async function quiet({ visitor, page }) {
	await visitor.open('/alerts/silences');
	await visitor.find('mute-new').click();
	const hours = visitor.find('mute-form');
	await visitor.expectingFailures(async () => {
		await hours.locator('button[type=submit]').click();
		await hours.getByTestId('field-error').first().waitFor();
	});
	await hours.getByText('poniedziałek').click();
	await hours.locator('[name=reason]').fill('Noc');
	await visitor.mustBeAccessible('the form of quiet hours');
	await hours.locator('button[type=submit]').click();
	const row = visitor.find('mute-row');
	await row.waitFor();
	truly((await row.innerText()).includes('poniedziałek: od 20:00 do 07:00 następnego dnia'), 'the quiet hours in words');
	await row.getByTestId('mute-remove').click();
	await row.waitFor({ state: 'detached' });

	await visitor.open('/alerts/outages');
	await visitor.find('outage-new').click();
	const form = visitor.find('outage-form');
	await form.locator('[name=cause]').fill('KSeF');
	await form.locator('[name=reason]').fill('Przerwa techniczna KSeF');
	await form.locator('button[type=submit]').click();
	const outage = visitor.find('outage-row', { state: 'running' });
	await outage.waitFor();
	await visitor.mustBeAccessible('known outages');
	await outage.getByTestId('outage-end').click();
	await visitor.find('outage-row', { state: 'over' }).waitFor();

	await visitor.open('/settings/office');
	const levels = visitor.find('escalation-form');
	await visitor.find('escalation-add').click();
	await levels.locator('textarea').fill('szef@biuro.example');
	await levels.locator('button[type=submit]').click();
	await levels.getByTestId('office-saved').waitFor();
	await visitor.find('escalation-remove').click();
	await levels.locator('button[type=submit]').click();
	await page.getByText('Nie ma poziomów eskalacji.').waitFor();
	await levels.getByTestId('office-saved').waitFor();
	await visitor.mustBeAccessible('the settings of escalation');
}

export const operationPromises = [
	['the queue agrees with the API, moves by itself and is narrowed in the address', queueNumbers],
	['a wish for a higher priority is requested until the engine acknowledges it', honestWish],
	['a queue above its threshold warns on its page and on the dashboard', backlog],
	['resources show what engines send, what nobody said, and who uses most', resources],
	['the morning report lists what failed, and prints', report],
	['quiet hours, known outages and levels of escalation are made and removed', quiet],
];
