import { describe, expect, it } from 'vitest';
import polish from '../../locales/pl.json';
import { translator } from '../i18n/translate';
import { anExecution } from '../testing/samples';
import { currentSteps, planPlace } from './currentstep';

const t = translator('pl', polish);

describe('the current step in words', () => {
	it('names up to two parallel steps and counts the others', () => {
		const f = (names: string[], said: string | null) =>
			expect(currentSteps(anExecution({ currentSteps: names, currentStep: names[0] ?? null }), t)).toBe(said);
		f([], null);
		f(['OCR'], 'OCR');
		f(['OCR', 'VAT'], 'OCR, VAT');
		f(['OCR', 'VAT', 'ZUS', 'PIT'], 'OCR, VAT i 2 więcej');
	});

	it('is known from the one name too', () => {
		expect(currentSteps(anExecution({ currentStep: 'OCR' }), t)).toBe('OCR');
	});
});

describe('the place in the plan', () => {
	const f = (done: number | null, total: number | null, running: boolean) =>
		planPlace(anExecution({ stepsDone: done, stepsTotal: total, currentStep: running ? 'OCR' : null }), t);

	it('is the step that runs, or how many are done', () => {
		expect(f(6, 12, true)).toBe('krok 7 z 12');
		expect(f(6, 12, false)).toBe('gotowe 6 z 12 kroków');
		expect(f(1, 1, false)).toBe('gotowe 1 z 1 kroku');
	});

	it('never goes beyond the plan', () => {
		expect(f(12, 12, true)).toBe('krok 12 z 12');
	});

	it('is not claimed without a plan', () => {
		expect(f(0, 0, true)).toBeNull();
		expect(f(null, null, true)).toBeNull();
	});
});
