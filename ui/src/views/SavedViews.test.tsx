// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { sameQuery } from './SavedViews';

describe('a kept view', () => {
	it('is the present one whatever the order of its query', () => {
		expect(sameQuery('status=failed&q=a', 'q=a&status=failed')).toBe(true);
		expect(sameQuery('', 'status=failed')).toBe(false);
		expect(sameQuery('status=failed,running', 'status=failed%2Crunning')).toBe(true);
	});
});
