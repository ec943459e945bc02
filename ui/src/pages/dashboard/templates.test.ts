import { describe, expect, it } from 'vitest';
import { WIDGET_TYPES } from '../../api/dashboards';
import { separate } from './layout';
import { TEMPLATES, widgetsOf } from './templates';

describe('what a new dashboard can begin with', () => {
	it.each(TEMPLATES.map((one) => [one.key, one] as const))(
		'%s lies within twelve columns, nothing over another',
		(_, template) => {
			const widgets = widgetsOf(template, []);
			expect(separate(widgets)).toEqual(widgets);
			expect(new Set(widgets.map((one) => one.id)).size).toBe(widgets.length);
			for (const { type, place } of widgets) {
				expect(WIDGET_TYPES.some((known) => known === type)).toBe(true);
				expect(place.x + place.w).toBeLessThanOrEqual(12);
			}
		},
	);

	it('follows the closing of the month where the office has one', () => {
		const monthEnd = TEMPLATES.find((one) => one.key === 'monthEnd');
		if (monthEnd === undefined) throw new Error('no such template');
		const workflowOf = (name: string) =>
			widgetsOf(monthEnd, [{ id: 'zm', name }]).find((one) => one.type === 'timeline')?.config.workflow;
		expect([workflowOf('Zamknięcie miesiąca'), workflowOf('Lista płac')]).toEqual(['zm', null]);
	});
});
