import type { Backups } from '../../api/appliance';
import type { OfficeSettings } from '../../api/office';
import { healthOf } from '../../office/backuphealth';
import type { Step } from './choices';

/** How a step stands. `bad`: it was left too long. `locked`: somebody else has the right. `unknown`: the server has not answered. */
export type StepState = 'done' | 'open' | 'bad' | 'locked' | 'unknown';

/** Time within which a backup is expected after the first administrator came, in ms. */
const BACKUP_WITHIN_MS = 48 * 3_600_000;

/** What the server answered; undefined: nothing yet, null: it may not be asked. */
export interface Known {
	readonly office: OfficeSettings | undefined;
	/** A message by mail arrived. */
	readonly mailDelivered: boolean | undefined;
	readonly backups: Backups | null | undefined;
	/** When the first account was made. */
	readonly since: number | null | undefined;
	/** Something was heard of an engine. */
	readonly executions: boolean | undefined;
}

export function statesOf(known: Known, now: number): Readonly<Record<Step, StepState>> {
	return {
		administrator: 'done',
		office: known.office === undefined ? 'unknown' : known.office.publicUrl !== '' && !known.office.linksLost ? 'done' : 'open',
		mail: mailState(known),
		backup: backupState(known, now),
		engine: known.executions === undefined ? 'unknown' : known.executions ? 'done' : 'open',
	};
}

function mailState({ office, mailDelivered }: Known): StepState {
	if (office === undefined || mailDelivered === undefined) return 'unknown';
	return office.smtp !== null && mailDelivered ? 'done' : 'open';
}

function backupState({ backups, since }: Known, now: number): StepState {
	if (backups === null) return 'locked';
	if (backups === undefined || since === undefined) return 'unknown';
	const health = healthOf(backups, now);
	if (health === 'good' || health === 'late') return 'done';
	const waited = since !== null && now - since > BACKUP_WITHIN_MS;
	return health === 'old' || waited ? 'bad' : 'open';
}
