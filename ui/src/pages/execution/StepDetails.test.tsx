// @vitest-environment happy-dom
import { cleanup, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { draw } from '../../testing/render';
import { aStep } from '../../testing/samples';
import { StepDetails } from './StepDetails';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

async function details(answer: object, status = 200) {
	vi.stubGlobal('fetch', async () => new Response(JSON.stringify(answer), { status }));
	draw(<StepDetails executionId="fv-1" step={aStep()} revision={0} />);
	await screen.findByTestId('step-resources');
}

describe('the details of a step', () => {
	it('show input, output and resources, unknown ones as such (AC2.2a–c)', async () => {
		await details({
			stepId: 'ocr',
			status: 'completed',
			duration: 2_400,
			input: { strony: 5 },
			output: null,
			cpuUsagePercent: 12.5,
			inputSizeBytes: 1_200_000,
		});
		expect(within(screen.getByTestId('step-input')).getAllByRole('treeitem')[1]?.textContent).toBe('"strony": 5');
		expect(within(screen.getByTestId('step-output')).getByText('brak danych')).toBeTruthy();
		const facts = screen.getByTestId('step-resources').textContent?.replaceAll('\u00a0', ' ');
		expect(facts).toContain('Czas trwania2,4 s');
		expect(facts).toContain('Procesor12,5%');
		expect(facts).toContain('Pamięćbrak danych');
		expect(facts).toContain('Rozmiar wejścia1,2 MB');
	});

	it('say that the role may not see the data, and that data were cut', async () => {
		await details({ stepId: 'ocr', ioHidden: true, input: null, output: null });
		expect(screen.getAllByText(/Państwa rola nie pozwala/)).toHaveLength(2);
		cleanup();
		await details({ stepId: 'ocr', input: { truncated: true, sizeBytes: 400_000, data: '{"a' }, output: null });
		expect(within(screen.getByTestId('step-input')).getByText(/Dane ucięte: pokazano początek z 400.kB/)).toBeTruthy();
	});

	it('show what went wrong, and every attempt', async () => {
		await details({
			stepId: 'ocr',
			error: { type: 'OcrError', code: 'E7', message: 'Skan nieczytelny' },
			attempts: [
				{ attempt: 1, status: 'failed', error: { message: 'Plik zabezpieczony hasłem' } },
				{ attempt: 2, status: 'failed', error: { message: 'Skan nieczytelny' } },
			],
		});
		expect(screen.getByText('OcrError · E7')).toBeTruthy();
		expect(screen.getByText('podejście 1')).toBeTruthy();
		expect(screen.getByText('Plik zabezpieczony hasłem')).toBeTruthy();
	});

	it('say that nothing is known of a step that has not begun', async () => {
		await details({ code: 'not_found' }, 404);
		expect(screen.getAllByText('brak danych').length).toBeGreaterThanOrEqual(2);
		expect(screen.queryByTestId('copy')).toBeNull();
	});
});
