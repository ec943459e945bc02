// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServices } from '../../app/services';
import { draw } from '../../testing/render';
import { aStep } from '../../testing/samples';
import { StepDetails } from './StepDetails';

afterEach(() => {
	cleanup();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

/** A step captured in full, as somebody with these rights sees it. */
async function stepFor(rights: readonly string[]) {
	const asked: string[] = [];
	vi.spyOn(globalThis, 'fetch').mockImplementation(async (path, init) => {
		asked.push(`${init?.method} ${String(path)} ${String(init?.body ?? '')}`);
		if (String(path).endsWith('/reveal')) {
			const expiresAt = new Date(Date.now() + 600_000).toISOString();
			return new Response(`{"input":{"pesel":"44051401359","kwota":1.10},"output":null,"expiresAt":"${expiresAt}"}`);
		}
		if (String(path).endsWith('/me')) return Response.json({ id: 'u', login: 'anna', rights });
		return Response.json({ stepId: 'ocr', input: { pesel: '*********59' }, output: null, capture: 'full' });
	});
	const services = createServices();
	await services.session.check();
	draw(<StepDetails executionId="fv-1" step={aStep()} revision={0} />, undefined, services);
	await screen.findByTestId('step-resources');
	return asked;
}

describe('data in clear', () => {
	it('are offered only to those with the right', async () => {
		await stepFor(['stepData.read']);
		expect(screen.queryByTestId('reveal')).toBeNull();
	});

	it('are shown for a reason, until they are hidden or expire', async () => {
		const asked = await stepFor(['stepData.reveal']);
		fireEvent.click(screen.getByTestId('reveal'));
		fireEvent.change(screen.getByLabelText('Powód odsłonięcia danych'), { target: { value: 'reklamacja klienta' } });
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() });
		fireEvent.submit(screen.getByTestId('reveal-form'));
		await vi.waitFor(() => expect(screen.getByText('"44051401359"')).toBeTruthy());
		expect(asked).toContain('POST /api/monitoring/executions/fv-1/steps/ocr/reveal {"reason":"reklamacja klienta"}');
		expect(screen.getByText('1.10')).toBeTruthy();
		expect(screen.getByTestId('revealed').textContent).toMatch(/^Dane odsłonięte do godz\. \d\d:\d\d:\d\d\./);
		await act(async () => {});
		act(() => void vi.advanceTimersByTime(500_000));
		expect(screen.queryByText('"44051401359"')).not.toBeNull();
		act(() => void vi.advanceTimersByTime(150_000));
		expect(screen.queryByText('"44051401359"')).toBeNull();
		expect(screen.getByTestId('masked')).toBeTruthy();
	});
});
