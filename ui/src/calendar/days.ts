import type { Deadline } from '../api/deadlines';
import type { Day } from '../url/day';

/** Deadlines by the day on which they are due. */
export function byDay(items: readonly Deadline[]): ReadonlyMap<Day, readonly Deadline[]> {
	const days = new Map<Day, Deadline[]>();
	for (const one of items) {
		const day = days.get(one.due);
		if (day === undefined) days.set(one.due, [one]);
		else day.push(one);
	}
	return days;
}
