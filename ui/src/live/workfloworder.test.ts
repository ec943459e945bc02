import { expect, test } from 'vitest';
import { readWorkflow } from '../api/workflows';
import { parseWorkflowList, serializeWorkflowList } from '../url/workflowlist';
import { arranged, slowdown } from './workfloworder';

const rate = (successRate: number | null, p95: number | null) => ({ total: 4, completed: 3, failed: 1, successRate, p95 });
const payroll = readWorkflow({
	workflowId: 'payroll',
	workflowName: 'Lista płac',
	health: 'healthy',
	owner: 'A. Nowak',
	nextRunAt: '2026-11-27T05:00:00Z',
	numbers: { today: { total: 1, failed: 0 }, week: rate(100, 2_000), usual: rate(100, 1_000) },
});
const jpk = readWorkflow({
	workflowId: 'jpk',
	workflowName: 'JPK_V7M',
	health: 'failing',
	lastExecution: { executionId: 'jpk-1', status: 'failed', startedAt: '2026-11-26T05:00:00Z' },
	lastResults: ['failed', 'completed'],
	numbers: { today: { total: 3, failed: 2 }, week: rate(75, 1_000), usual: rate(90, 1_000) },
});
const fresh = readWorkflow({ workflowId: 'nowy', workflowName: 'Nowy', health: 'unknown' });
const all = [jpk, payroll, fresh];
const ids = (search: string) => arranged(all, parseWorkflowList(search)).map((one) => one.id);

test('what needs a look comes first, what nothing is known of last', () => {
	expect(ids('')).toEqual(['jpk', 'payroll', 'nowy']);
	expect(ids('?sort=name')).toEqual(['jpk', 'payroll', 'nowy']);
	expect(ids('?sort=successRate')).toEqual(['jpk', 'payroll', 'nowy']);
	expect(ids('?sort=p95')).toEqual(['payroll', 'jpk', 'nowy']);
	expect(ids('?sort=failedToday')).toEqual(['jpk', 'payroll', 'nowy']);
	expect(ids('?sort=next')).toEqual(['payroll', 'jpk', 'nowy']);
	expect(ids('?sort=last')).toEqual(['jpk', 'payroll', 'nowy']);
	expect(slowdown(payroll)).toBe(100);
	expect(slowdown(fresh)).toBeNull();
});

test('a search needs no Polish letters, and looks at names, ids and owners', () => {
	expect(ids('?q=plac')).toEqual(['payroll']);
	expect(ids('?q=NOWAK+lista')).toEqual(['payroll']);
	expect(ids('?q=nikt')).toEqual([]);
});

test('the view lives in the address, other keys stay', () => {
	expect(serializeWorkflowList({ q: 'płace', sort: 'health' }, '?theme=dark')).toBe('theme=dark&q=p%C5%82ace');
	expect(parseWorkflowList('?sort=nonsense').sort).toBe('health');
});

test('results are shown oldest first, and an unknown rate is no zero', () => {
	expect(jpk.results).toEqual(['completed', 'failed']);
	expect(fresh.week).toBeNull();
});
