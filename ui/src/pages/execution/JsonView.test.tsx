// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { draw } from '../../testing/render';
import { PayloadBox } from './PayloadBox';

afterEach(cleanup);

const show = (json: string) => draw(<PayloadBox testId="step-input" title="Dane wejściowe" payload={{ kind: 'data', json }} />);
const lines = () => screen.getAllByRole('treeitem').map((one) => one.textContent);
const focused = () => document.activeElement?.textContent;
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });

describe('data of a step', () => {
	it('are shown to the last digit, with their names in order', () => {
		show('{"b":1.10,"a":[9007199254740993,1e400],"b":null}');
		expect(lines()).toEqual(['{ 3 elementy', '"b": 1.10', '"a": [ 2 elementy', '0 9007199254740993', '1 1e400', '"b": null']);
	});

	it('are gone through, opened and closed by keyboard', () => {
		show('{"a":{"x":1,"y":2},"b":[]}');
		const first = screen.getAllByRole('treeitem')[0];
		act(() => first?.focus());
		press('ArrowDown');
		expect(focused()).toBe('"a": { 2 elementy');
		press('ArrowLeft');
		expect(lines()).toEqual(['{ 2 elementy', '"a": {…} 2 elementy', '"b": []']);
		press('Enter');
		press('ArrowRight');
		expect(focused()).toBe('"x": 1');
		press('ArrowLeft');
		expect(focused()).toBe('"a": { 2 elementy');
		press('End');
		expect(focused()).toBe('"b": []');
		press('Home');
		expect(focused()).toBe('{ 2 elementy');
		expect(screen.getAllByRole('treeitem').filter((one) => one.tabIndex === 0)).toHaveLength(1);
	});

	it('are searched from hit to hit, also where they are closed', () => {
		show(`{"pozycje":[${Array.from({ length: 150 }, (_, n) => `{"nr":${n},"x":{"kwota":"${n} zł"}}`).join(',')}]}`);
		expect(screen.queryByText('"149 zł"')).toBeNull();
		fireEvent.change(screen.getByTestId('payload-search'), { target: { value: '149 ZŁ' } });
		expect(screen.getByTestId('payload-hits').dataset.value).toBe('1');
		fireEvent.click(screen.getByTitle('Następne trafienie'));
		expect(screen.getByText('"149 zł"')).toBeTruthy();
		expect(screen.getByTestId('payload-path').textContent).toBe('$.pozycje[149].x.kwota');
		expect(screen.getByTestId('payload-hits').textContent).toBe('1 z 1');
		fireEvent.change(screen.getByTestId('payload-search'), { target: { value: 'kwota' } });
		expect(screen.getByTestId('payload-hits').textContent).toBe('150 trafień');
	});

	it('say which values are masked', () => {
		show('{"nip":"*******123","kwota":1}');
		const masked = screen.getByTestId('masked');
		expect(masked.textContent).toBe('"*******123" (wartość zamaskowana)');
		expect(screen.getByText('1 wartość jest zamaskowana.')).toBeTruthy();
	});

	it('fold what is long, and are drawn on demand where they are large', () => {
		show(JSON.stringify({ tekst: 'x'.repeat(1_000) }));
		expect(lines()[1]?.length).toBeLessThan(400);
		fireEvent.click(screen.getByText('pokaż jeszcze 762 znaki'));
		expect(lines()[1]?.length).toBeGreaterThan(1_000);
		cleanup();
		show(JSON.stringify({ tekst: 'x'.repeat(70_000) }));
		expect(screen.queryByRole('tree')).toBeNull();
		fireEvent.click(screen.getByText('Pokaż dane'));
		expect(screen.getByRole('tree')).toBeTruthy();
	});

	it('are a text too', () => {
		show('{"a":[1.10]}');
		fireEvent.click(screen.getByText('Tekst'));
		expect(screen.getByRole('region', { name: 'Dane wejściowe' }).textContent).toBe('{\n  "a": [\n    1.10\n  ]\n}');
		expect(screen.queryByTestId('payload-search')).toBeNull();
	});

	it('say that they were cut', () => {
		draw(<PayloadBox testId="step-output" title="Dane wyjściowe" payload={{ kind: 'cut', beginning: '{"a', bytes: 400_000 }} />);
		expect(within(screen.getByTestId('step-output')).getByText(/pokazano początek z 400.kB/)).toBeTruthy();
		expect(screen.getByText('{"a')).toBeTruthy();
	});
});
