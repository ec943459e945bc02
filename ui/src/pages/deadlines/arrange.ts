import { type Deadline, endangered } from '../../api/deadlines';
import type { DeadlineFilter } from '../../url/deadlinefilter';

/** The deadlines that a filter shows of those of its month, whatever day is chosen. */
export function chosen(items: readonly Deadline[], filter: DeadlineFilter): readonly Deadline[] {
	return items.filter((one) => ofType(one, filter.type) && (!filter.endangered || endangered(one)));
}

/** Whether a deadline is of a category, of a rule, or has a text in its name. */
function ofType(one: Deadline, type: string): boolean {
	const wanted = type.toLowerCase();
	if (wanted === '' || one.rule === type || one.category.toLowerCase() === wanted) return true;
	return one.name.toLowerCase().includes(wanted);
}

export function categoriesOf(items: readonly Deadline[]): readonly string[] {
	return [...new Set(items.map((one) => one.category))].sort((a, b) => a.localeCompare(b, 'pl'));
}

/** What the address calls a deadline. */
export function keyOf(one: Pick<Deadline, 'rule' | 'period'>): string {
	return `${one.rule}/${one.period}`;
}
