import type { Execution } from '../api/execution';

/** The place in the history of a state that may be out of date. */
export const DOUBTED = -1;

/** Executions by id. A row of the list listens to its own one only. */
export class Rows {
	private readonly byId = new Map<string, Execution>();
	private readonly listeners = new Map<string, Set<() => void>>();

	get(id: string): Execution | undefined {
		return this.byId.get(id);
	}

	subscribe(id: string, listener: () => void): () => void {
		const set = this.listeners.get(id) ?? new Set();
		set.add(listener);
		this.listeners.set(id, set);
		return () => {
			set.delete(listener);
			if (set.size === 0 && this.listeners.get(id) === set) this.listeners.delete(id);
		};
	}

	/** Keeps the newer of the stored and the given state; false when the stored one stays. */
	put(execution: Execution): boolean {
		const former = this.byId.get(execution.id);
		if (former !== undefined && former.seq >= execution.seq) return false;
		// Where both times are missing the first moment the page heard of it stays its place in the list.
		const timeless = execution.startedAt === null && execution.queuedAt === null;
		const next = former !== undefined && timeless ? { ...execution, sortAt: former.sortAt } : execution;
		this.byId.set(execution.id, next);
		for (const listener of [...(this.listeners.get(execution.id) ?? [])]) listener();
		return true;
	}

	/** Lets any state replace those held: changes were lost, and what these are worth is unknown. */
	doubt(): void {
		for (const [id, row] of this.byId) this.byId.set(id, { ...row, seq: DOUBTED });
	}

	drop(id: string): void {
		this.byId.delete(id);
	}
}
