// Workflows as an accounting office has them, of nodes that every n8n brings along. Each begins with its webhook.

const at = (place) => [200 * place, 0];
const node = (type, parameters = {}, more = {}) => ({ type: `n8n-nodes-base.${type}`, typeVersion: 1, parameters, ...more });
const pause = (seconds) => node('wait', { resume: 'timeInterval', amount: seconds, unit: 'seconds' }, { typeVersion: 1.1 });
const link = (to) => ({ node: to, type: 'main', index: 0 });
const step = () => node('noOp');

/** A workflow whose nodes run one after another; `more` are links beside those. */
function workflow(id, name, nodes, more = {}) {
	const names = Object.keys(nodes);
	const connections = Object.fromEntries(names.slice(0, -1).map((from, k) => [from, { main: [[link(names[k + 1])]] }]));
	for (const [from, [to, place]] of Object.entries(more)) {
		connections[from].main[place] = [link(to)];
		delete connections[names[names.indexOf(to) - 1]];
	}
	return {
		id,
		name,
		active: false,
		settings: {},
		nodes: names.map((title, k) => ({
			id: `00000000-0000-4000-8000-00000000000${k}`,
			name: title,
			position: at(k),
			...nodes[title],
		})),
		connections,
	};
}

/** The node at which a workflow begins; who calls it is answered at the end of the run unless `answer` says when. */
const webhook = (path, answer = 'lastNode') =>
	node('webhook', { path, httpMethod: 'POST', responseMode: answer }, { typeVersion: 2, webhookId: path });

const always = {
	conditions: {
		options: { caseSensitive: true, typeValidation: 'strict', version: 2 },
		combinator: 'and',
		conditions: [{ id: 'a', leftValue: 1, rightValue: 1, operator: { type: 'number', operation: 'equals' } }],
	},
};

/** How long a node works in the runs that are watched, and how long one sleeps: n8n forgets a run for a sleep of 65 s and more. */
export const PAUSE_S = 2;
export const SLEEP_S = 68;

export const good = workflow(
	'flowGood00000001',
	'Faktura do KSeF',
	{
		Start: webhook('good'),
		'Pobierz fakturę': pause(PAUSE_S),
		'Powyżej progu?': node('if', always, { typeVersion: 2.2 }),
		'Wyślij do KSeF': step(),
		'Poniżej progu': step(),
	},
	{ 'Powyżej progu?': ['Poniżej progu', 1] },
);

export const bad = workflow('flowBad000000001', 'Faktura do KSeF (awaria)', {
	Start: webhook('bad'),
	'Pobierz fakturę': pause(PAUSE_S),
	'Wyślij do KSeF': node('stopAndError', { errorMessage: 'KSeF 503: bramka nie odpowiada' }),
	Archiwizuj: step(),
});

export const sleeper = workflow('flowSleep0000001', 'Czekanie na UPO', {
	Start: webhook('sleeper', 'onReceived'),
	'Czekaj na UPO': pause(SLEEP_S),
	'Zapisz UPO': step(),
});

export const child = workflow('flowChild0000001', 'Zapis w archiwum', {
	Wejście: node('executeWorkflowTrigger', { inputSource: 'passthrough' }, { typeVersion: 1.1 }),
	Zapisz: step(),
});

export const parent = workflow('flowParent000001', 'Zamknięcie miesiąca', {
	Start: webhook('parent'),
	Archiwizuj: node(
		'executeWorkflow',
		{ source: 'database', workflowId: { __rl: true, value: child.id, mode: 'id' }, options: {} },
		{ typeVersion: 1.2 },
	),
});

/** n8n ends it itself, because it takes too long. */
export const slow = {
	...workflow('flowSlow00000001', 'Zbyt długie', { Start: webhook('slow', 'onReceived'), Czekaj: pause(20), Koniec: step() }),
	settings: { executionTimeout: 2 },
};

/** A loop of three turns over a node that fails and goes on. */
export const loop = {
	...workflow('flowLoop00000001', 'Wysyłka po jednej', {
		Start: webhook('loop'),
		'Trzy pozycje': node('code', { jsCode: 'return [1, 2, 3].map((pozycja) => ({ json: { pozycja } }))' }, { typeVersion: 2 }),
		'Po jednej': node('splitInBatches', { options: {} }, { typeVersion: 3 }),
		'Wyślij pozycję': node(
			'httpRequest',
			{ url: 'not an address', options: {} },
			{ typeVersion: 4.2, onError: 'continueRegularOutput' },
		),
		Koniec: step(),
	}),
	connections: {
		Start: { main: [[link('Trzy pozycje')]] },
		'Trzy pozycje': { main: [[link('Po jednej')]] },
		'Po jednej': { main: [[link('Koniec')], [link('Wyślij pozycję')]] },
		'Wyślij pozycję': { main: [[link('Po jednej')]] },
	},
};

export const all = [good, bad, sleeper, child, parent, slow, loop];
