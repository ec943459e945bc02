import type { Http } from './http';
import { count, instant, list, object, optionalText, text } from './read';

/** What the mail of the morning tells, as of now. Lists are the newest; a total is a lower bound where its list is cut. */
export interface MorningReport {
	/** The night, in ms since 1970. */
	readonly from: number;
	readonly to: number;
	readonly failed: readonly ReportedRun[];
	readonly failedTotal: number;
	readonly waiting: readonly ReportedRun[];
	readonly waitingTotal: number;
	readonly due: readonly ReportedDeadline[];
	readonly openAlerts: number;
	/** When the last good backup was made; null: there is none. */
	readonly backupAt: number | null;
	/** Why the latest attempt failed; '' when it did not. */
	readonly backupProblem: string;
}

/** An execution that somebody has to look at. */
export interface ReportedRun {
	readonly executionId: string;
	readonly workflowName: string;
	readonly client: string | null;
	readonly step: string | null;
	readonly error: string | null;
	readonly at: number | null;
}

/** An obligation that is due soon and not met. */
export interface ReportedDeadline {
	readonly name: string;
	readonly period: string;
	/** YYYY-MM-DD. */
	readonly due: string;
	/** Below 0 when it is over. */
	readonly businessDaysLeft: number;
	readonly confirmed: boolean;
}

export async function fetchMorningReport(http: Http, signal?: AbortSignal): Promise<MorningReport> {
	return readMorningReport(await http.get('/api/monitoring/morning-report', signal));
}

export function readMorningReport(raw: unknown): MorningReport {
	const o = object(raw);
	const [failed, waiting] = [list(o.failed).map(readRun), list(o.waiting).map(readRun)];
	return {
		from: instant(o.from) ?? 0,
		to: instant(o.to) ?? 0,
		failed,
		failedTotal: Math.max(count(o.failedTotal), failed.length),
		waiting,
		waitingTotal: Math.max(count(o.waitingTotal), waiting.length),
		due: list(o.due).map((item) => {
			const d = object(item);
			return {
				name: text(d.name),
				period: text(d.period),
				due: text(d.due),
				businessDaysLeft: count(d.businessDaysLeft),
				confirmed: d.confirmed === true,
			};
		}),
		openAlerts: count(o.openAlerts),
		backupAt: instant(o.backupAt),
		backupProblem: text(o.backupProblem),
	};
}

function readRun(raw: unknown): ReportedRun {
	const o = object(raw);
	return {
		executionId: text(o.executionId),
		workflowName: text(o.workflowName),
		client: optionalText(o.clientRef),
		step: optionalText(o.step),
		error: optionalText(o.error),
		at: instant(o.at),
	};
}
