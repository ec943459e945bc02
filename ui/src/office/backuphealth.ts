import type { Backups } from '../api/appliance';

const HOUR_MS = 3_600_000;
/** The ages at which the server's health turns yellow and red. */
const LATE_MS = 26 * HOUR_MS;
const OLD_MS = 48 * HOUR_MS;

/** How the nightly backups stand: good, late (no night passed well), old (two days), none at all, or off. */
export type Health = 'good' | 'late' | 'old' | 'none' | 'off';

export function healthOf({ enabled, lastGoodAt }: Pick<Backups, 'enabled' | 'lastGoodAt'>, now: number): Health {
	if (!enabled) return 'off';
	if (lastGoodAt === null) return 'none';
	const age = now - lastGoodAt;
	return age > OLD_MS ? 'old' : age > LATE_MS ? 'late' : 'good';
}
