import type { Execution } from '../api/execution';
import type { ExecutionPage, StatusCounts } from '../api/executions';
import type { ExecutionFilter } from '../url/filter';
import type { Batch } from './feed';
import { matches, type Order, orderOf } from './match';
import { Refresher } from './refresher';
import { DOUBTED, Rows } from './rows';
import { Signal } from './signal';

/** What the page shows of a list. */
export interface ListView {
	readonly phase: 'loading' | 'ready' | 'failed';
	/** In display order. */
	readonly ids: readonly string[];
	readonly counts: StatusCounts | null;
	readonly capped: boolean;
	readonly hasOlder: boolean;
	/** Everything that matches is here, so its number is exact. */
	readonly complete: boolean;
	readonly loadingOlder: boolean;
	/** New rows that wait until the pointer leaves. */
	readonly waiting: number;
	/** The last fetch failed; what is shown may be old. */
	readonly error: unknown;
}

export type FetchPage = (cursor: string | null, limit: number, signal: AbortSignal) => Promise<ExecutionPage>;

const FIRST_PAGE = 50;
const OLDER_PAGE = 100;
/** Most departures remembered: an answer under way is as good as none for them. */
const LEFT_MAX = 1_000;
/** Most rows a list holds; the oldest go first. */
const ROWS_MAX = 10_000;

/**
 * One filtered list in the order of its filter, loaded by pages and kept true by live changes. Changes show at once; only the order waits while
 * the list is held, so that nothing slips away under the pointer: new rows come last, or wait unseen while older ones are not loaded.
 */
export class ExecutionList {
	readonly rows = new Rows();
	readonly view: Signal<ListView>;
	/** How far down the reader was, in px; for coming back. */
	offset = 0;
	private order: string[] = [];
	private readonly present = new Set<string>();
	private readonly waiting = new Set<string>();
	private readonly vouched = new Set<string>();
	/** Rows that left the filter, with the place in the history at which they did. */
	private readonly left = new Map<string, number>();
	private next: string | null = null;
	/** The last loaded row while more exist: what comes after it is not of this list yet. */
	private edge: Execution | null = null;
	private held = false;
	/** Changes were lost: rows that the next answer does not hold go. */
	private doubting = false;
	private readonly head: Refresher;
	private readonly before: Order;

	constructor(
		readonly filter: ExecutionFilter,
		private readonly fetchPage: FetchPage,
		private readonly onFetched: () => void = () => {},
		now: () => number = Date.now,
	) {
		this.before = orderOf(filter.sort, now);
		this.view = new Signal<ListView>({
			phase: 'loading',
			ids: [],
			counts: null,
			capped: false,
			hasOlder: false,
			complete: false,
			loadingOlder: false,
			waiting: 0,
			error: null,
		});
		this.head = new Refresher((signal) => this.fetchHead(signal));
	}

	/** Fetches the newest page now. */
	load(): void {
		this.head.force();
	}

	/** Asks to compare with the server soon: counts, and rows that came while nobody listened. */
	refresh(): void {
		this.head.request();
	}

	stop(): void {
		this.head.stop();
	}

	async loadOlder(): Promise<void> {
		const cursor = this.next;
		if (cursor === null || this.view.get().loadingOlder) return;
		this.show({ loadingOlder: true });
		try {
			const page = await this.fetchPage(cursor, OLDER_PAGE, new AbortController().signal);
			this.extend(page);
			for (const execution of page.items) this.admit(execution, true, true);
			this.show({ loadingOlder: false, error: null });
		} catch (error) {
			this.show({ loadingOlder: false, error });
		}
	}

	/** While held the order stands still. */
	hold(held: boolean): void {
		if (this.held === held) return;
		this.held = held;
		if (!held) this.release();
	}

	/** Puts the waiting rows where they belong. */
	release(): void {
		for (const id of this.waiting) this.place(id);
		this.waiting.clear();
		this.order.sort((a, b) => this.compare(a, b));
		this.show({});
	}

	/** Takes in live changes. */
	readonly apply = (batch: Batch): void => {
		let counted = batch.resync;
		if (batch.resync) {
			this.rows.doubt();
			this.left.clear();
			this.doubting = true;
		}
		for (const execution of batch.executions) {
			const former = this.rows.get(execution.id);
			if (former === undefined || former.status !== execution.status) counted = true;
			this.admit(execution, false, false);
		}
		if (counted) this.refresh();
		this.show({});
	};

	private async fetchHead(signal: AbortSignal): Promise<void> {
		let page: ExecutionPage;
		try {
			page = await this.fetchPage(null, FIRST_PAGE, signal);
		} catch (error) {
			if (signal.aborted) return;
			this.show({ error, phase: this.view.get().phase === 'loading' ? 'failed' : this.view.get().phase });
			return;
		}
		const first = this.view.get().phase !== 'ready';
		if (first) this.extend(page);
		else this.reconcile(page);
		for (const execution of page.items) this.admit(execution, true, first);
		this.onFetched();
		this.show({ phase: 'ready', error: null, counts: page.counts, capped: page.capped });
	}

	/** Drops rows which the server no longer lists in the range that the page covers, unless they are news to it. */
	private reconcile(page: ExecutionPage): void {
		const listed = new Set(page.items.map((item) => item.id));
		const newest = page.items.reduce((seq, item) => Math.max(seq, item.seq), 0);
		const last = page.items.at(-1);
		for (const id of [...this.order, ...this.waiting]) {
			const row = this.rows.get(id);
			if (row === undefined || listed.has(id) || row.seq > newest) continue;
			const covered = page.next === null || last === undefined || this.before(row, last);
			if (covered || row.seq === DOUBTED) this.remove(id);
		}
		if (page.next === null || this.doubting) this.extend(page);
		this.doubting = false;
	}

	private extend(page: ExecutionPage): void {
		const last = page.items.at(-1);
		this.next = page.next;
		this.edge = page.next === null || last === undefined ? null : last;
		for (const id of this.waiting) this.append(id);
	}

	/** Takes in one state. atOnce: a new row need not wait although the list is held. */
	private admit(execution: Execution, vouched: boolean, atOnce: boolean): void {
		if (execution.seq <= (this.left.get(execution.id) ?? DOUBTED)) return;
		if (vouched) this.vouched.add(execution.id);
		const former = this.rows.get(execution.id);
		if (!this.rows.put(execution) && this.present.has(execution.id)) return;
		const row = this.rows.get(execution.id) ?? execution;
		if (!matches(this.filter, row, true)) this.depart(row);
		if (!matches(this.filter, row, this.vouched.has(row.id)) || !this.within(row)) {
			this.remove(row.id);
			return;
		}
		if (this.present.has(row.id)) {
			if (former !== undefined && (this.before(former, row) || this.before(row, former)) && !this.held) {
				this.unplace(row.id);
				this.place(row.id);
			}
			return;
		}
		if (this.held && !atOnce && this.order.length > 0) {
			this.waiting.add(row.id);
			this.append(row.id);
			return;
		}
		this.place(row.id);
	}

	/** Shows a waiting row below the others, where the others are all. */
	private append(id: string): void {
		if (this.edge !== null || this.present.has(id) || this.order.length >= ROWS_MAX) return;
		this.present.add(id);
		this.order.push(id);
	}

	private depart(row: Execution): void {
		this.left.delete(row.id);
		this.left.set(row.id, row.seq);
		const [oldest] = this.left.keys();
		if (this.left.size > LEFT_MAX && oldest !== undefined) this.left.delete(oldest);
	}

	private within(row: Execution): boolean {
		return this.edge === null || row.id === this.edge.id || this.before(row, this.edge);
	}

	private place(id: string): void {
		if (this.present.has(id)) return;
		this.present.add(id);
		let low = 0;
		let high = this.order.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.compare(this.order[middle] ?? '', id) < 0) low = middle + 1;
			else high = middle;
		}
		this.order.splice(low, 0, id);
		this.waiting.delete(id);
		if (this.order.length > ROWS_MAX) this.trim();
	}

	private unplace(id: string): void {
		const at = this.order.indexOf(id);
		if (at >= 0) this.order.splice(at, 1);
		this.present.delete(id);
	}

	private remove(id: string): void {
		if (this.present.has(id)) this.unplace(id);
		this.waiting.delete(id);
		this.vouched.delete(id);
		this.rows.drop(id);
	}

	/** Forgets the oldest row. */
	private trim(): void {
		const oldest = this.order.at(-1);
		if (oldest === undefined) return;
		this.remove(oldest);
		const last = this.rows.get(this.order.at(-1) ?? '');
		if (last !== undefined) this.edge = last;
		// The cursor would skip what was forgotten, so there is no going further back from here.
		this.next = null;
	}

	private compare(a: string, b: string): number {
		const left = this.rows.get(a);
		const right = this.rows.get(b);
		if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
		return this.before(left, right) ? -1 : 1;
	}

	private show(change: Partial<ListView>): void {
		const former = this.view.get();
		const same = former.ids.length === this.order.length && former.ids.every((id, i) => id === this.order[i]);
		const next: ListView = {
			...former,
			...change,
			ids: same ? former.ids : [...this.order],
			waiting: this.waiting.size,
			hasOlder: this.next !== null,
			complete: this.edge === null && (change.phase ?? former.phase) === 'ready',
		};
		const keys = Object.keys(next) as (keyof ListView)[];
		if (keys.some((key) => next[key] !== former[key])) this.view.set(next);
	}
}
