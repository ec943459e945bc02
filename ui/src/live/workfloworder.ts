import { HEALTHS, type Workflow } from '../api/workflows';
import type { WorkflowListView, WorkflowSort } from '../url/workflowlist';

/** The workflows that match, in the order that is asked for; those of which nothing is known come last. */
export function arranged(all: readonly Workflow[], { q, sort }: WorkflowListView): Workflow[] {
	const words = folded(q).split(/\s+/).filter(Boolean);
	const hits = words.length === 0 ? [...all] : all.filter((one) => matches(one, words));
	const place = PLACES[sort];
	if (place === null) return hits;
	// The list comes by name, and sorting is stable: what is alike stays by name.
	return hits
		.map((one) => ({ one, place: place(one) }))
		.sort((a, b) => a.place - b.place)
		.map(({ one }) => one);
}

const LAST = Number.MAX_VALUE;

/** The least comes first: what needs a look. */
const PLACES: Readonly<Record<WorkflowSort, ((one: Workflow) => number) | null>> = {
	name: null,
	health: (one) => HEALTHS.indexOf(one.health) + (one.state === 'active' ? 0 : HEALTHS.length),
	failedToday: (one) => -(one.today?.failed ?? -1),
	successRate: (one) => one.week?.successRate ?? LAST,
	p95: (one) => -(slowdown(one) ?? -LAST),
	last: (one) => -(one.last?.startedAt ?? -LAST),
	next: (one) => one.nextRunAt ?? LAST,
};

/** Percent by which the last week's p95 is above the usual one; null: there is nothing to compare. */
export function slowdown({ week, usual }: Workflow): number | null {
	if (week?.p95 == null || usual?.p95 == null || usual.p95 === 0) return null;
	return (100 * (week.p95 - usual.p95)) / usual.p95;
}

function matches(one: Workflow, words: readonly string[]): boolean {
	const text = folded([one.name, one.id, one.owner, ...one.tags].join(' '));
	return words.every((word) => text.includes(word));
}

/** Letters without their marks and case, so that "place" finds "płace". */
export function folded(text: string): string {
	return text.toLocaleLowerCase('pl').normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l');
}
