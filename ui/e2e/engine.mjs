// An invented engine: the events of an accounting office's executions.

const names = {
	'invoice-processing': 'Przetwarzanie faktur',
	'document-approval': 'Akceptacja dokumentów',
	'month-end-closing': 'Zamknięcie miesiąca',
};

/** The declared plan of a month's end, twelve steps. */
export const CLOSING = [
	'Kompletność dokumentów',
	'Import wyciągów bankowych',
	'Faktury sprzedaży',
	'Faktury zakupu',
	'Amortyzacja',
	'Księgowanie płac',
	'Uzgodnienie banku',
	'Uzgodnienie VAT',
	'Różnice kursowe',
	'Rozliczenia międzyokresowe',
	'Zestawienie obrotów i sald',
	'Zamknięcie okresu',
].map((name, n) => ({ stepId: `zm-${n + 1}`, name }));

export const plan = (n) => Array.from({ length: n }, (_, i) => ({ stepId: `s${i + 1}`, name: `Krok ${i + 1}` }));

/** One execution: its methods make events about it, stamped now or with the given time. */
export class Run {
	#common;
	#count = 0;

	constructor(executionId, workflowId, part = {}) {
		this.id = executionId;
		this.workflowId = workflowId;
		this.#common = { executionId, workflowId, workflowName: names[workflowId] ?? workflowId, ...part };
	}

	#event(type, part) {
		this.#count += 1;
		return { eventId: `${this.id}-${this.#count}`, type, timestamp: new Date().toISOString(), ...this.#common, ...part };
	}

	execution(what, part = {}) {
		return this.#event(`execution.${what}`, part);
	}

	step(what, stepId, part = {}) {
		return this.#event(`step.${what}`, { stepId, ...part });
	}

	/** A step from its start to its end. */
	done(stepId, part = {}) {
		return [this.step('started', stepId), this.step('completed', stepId, part)];
	}
}
