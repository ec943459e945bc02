import { type Alert, readAlert } from '../api/alerts';
import type { Frame } from './protocol';
import { Refresher } from './refresher';
import { Signal } from './signal';

/** The alerts that are open, and those that were resolved while the page looked on. */
export interface Board {
	readonly phase: 'loading' | 'ready' | 'failed';
	readonly alerts: ReadonlyMap<string, Alert>;
	readonly error: unknown;
}

const EMPTY: Board = { phase: 'loading', alerts: new Map(), error: null };
/** Most resolved alerts that are kept: rows under the pointer stay until it leaves. */
const RESOLVED_MAX = 200;

/** Whether nobody takes care of an alert yet. */
export const unattended = (alert: Alert): boolean => alert.status === 'active' || alert.status === 'escalated';

/** How many alerts are trouble: serious, and nobody takes care of them. */
export function troubleOf(board: Board): number {
	let n = 0;
	for (const one of board.alerts.values()) {
		if (unattended(one) && (one.severity === 'critical' || one.severity === 'error')) n += 1;
	}
	return n;
}

/** Keeps the organisation's open alerts: the last full answer, with newer frames laid over it. A pause does not hold alerts back. */
export class AlertBoard {
	readonly board = new Signal<Board>(EMPTY);
	readonly trouble = new Signal(0);
	private readonly listeners = new Set<(alert: Alert, fresh: boolean) => void>();
	private refresher: Refresher;

	constructor(private readonly fetchOpen: (signal: AbortSignal) => Promise<readonly Alert[]>) {
		this.refresher = this.newRefresher();
	}

	/** Tells of each change as it comes; fresh: the alert was raised now. */
	listen(listener: (alert: Alert, fresh: boolean) => void): () => void {
		this.listeners.add(listener);
		return () => {
			this.listeners.delete(listener);
		};
	}

	/** Asks for a full answer soon. */
	refresh(): void {
		this.refresher.request();
	}

	/** Forgets everything: somebody else may come. */
	clear(): void {
		this.refresher.stop();
		this.refresher = this.newRefresher();
		this.show(EMPTY);
	}

	readonly take = (frame: Frame): void => {
		if (frame.kind === 'resync') this.refresh();
		if (frame.kind !== 'alert') return;
		const alert = readAlert(frame.data);
		if (!this.put(alert)) return;
		for (const listener of [...this.listeners]) listener(alert, frame.fresh);
	};

	/** Lays an alert over what is known; answers whether it was newer. */
	readonly put = (alert: Alert): boolean => {
		const former = this.board.get().alerts.get(alert.id);
		if (former !== undefined && former.seq > alert.seq) return false;
		const alerts = new Map(this.board.get().alerts);
		alerts.set(alert.id, alert);
		dropResolved(alerts);
		this.show({ ...this.board.get(), alerts });
		return true;
	};

	private newRefresher(): Refresher {
		return new Refresher((signal) => this.fetch(signal));
	}

	private async fetch(signal: AbortSignal): Promise<void> {
		const begun = this.board.get().alerts;
		try {
			const open = await this.fetchOpen(signal);
			const alerts = new Map<string, Alert>();
			for (const one of open) alerts.set(one.id, one);
			for (const [id, known] of this.board.get().alerts) {
				const found = alerts.get(id);
				// What came during the fetch is newer than its answer; what the answer does not hold and was there before is open no more.
				const since = begun.get(id) !== known;
				if (found === undefined ? since || known.status === 'resolved' : known.seq > found.seq) alerts.set(id, known);
			}
			this.show({ phase: 'ready', alerts, error: null });
		} catch (error) {
			if (signal.aborted) return;
			const former = this.board.get();
			this.show({ ...former, phase: former.phase === 'ready' ? 'ready' : 'failed', error });
		}
	}

	private show(board: Board): void {
		this.board.set(board);
		this.trouble.set(troubleOf(board));
	}
}

function dropResolved(alerts: Map<string, Alert>): void {
	const resolved = [...alerts.values()].filter((one) => one.status === 'resolved');
	for (const one of resolved.slice(0, Math.max(0, resolved.length - RESOLVED_MAX))) alerts.delete(one.id);
}
