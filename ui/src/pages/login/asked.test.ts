// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { remember } from '../../app/memory';
import { askedPage, noteAskedPage } from './asked';

beforeEach(() => {
	localStorage.clear();
	vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const visit = (path: string) => history.replaceState(null, '', path);

describe('the page after sign-in', () => {
	it('is the one that was asked for, once', () => {
		visit('/executions/fv-1?step=ocr');
		noteAskedPage();
		expect(askedPage()).toBe('/executions/fv-1?step=ocr');
		expect(askedPage()).toBe('/');
	});

	it('is the first page after ten minutes, and when the sign-in page itself was asked for', () => {
		visit('/executions?status=failed');
		noteAskedPage();
		vi.advanceTimersByTime(11 * 60_000);
		expect(askedPage()).toBe('/');
		visit('/login');
		noteAskedPage();
		expect(askedPage()).toBe('/');
	});

	it('is never one of another server', () => {
		for (const path of ['//evil.example/x', 'https://evil.example', '', 7]) {
			remember('flowwatch.asked', JSON.stringify({ path, at: Date.now() }));
			expect(askedPage()).toBe('/');
		}
		remember('flowwatch.asked', '{broken');
		expect(askedPage()).toBe('/');
	});
});
