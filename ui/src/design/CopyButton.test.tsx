// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { draw } from '../testing/render';
import { CopyButton } from './CopyButton';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

function press(writeText: (text: string) => Promise<void>) {
	vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } });
	draw(<CopyButton label="Kopiuj dane" testId="copy" text={() => '{"a":1}'} />);
	fireEvent.click(screen.getByTestId('copy'));
}

describe('the copy button', () => {
	it('puts the text on the clipboard and says so', async () => {
		const writeText = vi.fn(async () => {});
		press(writeText);
		expect(await screen.findByText('Skopiowano do schowka')).toBeTruthy();
		expect(writeText).toHaveBeenCalledWith('{"a":1}');
	});

	it('says so when the browser does not let it', async () => {
		press(() => Promise.reject(new Error('denied')));
		expect(await screen.findByText(/Nie udało się skopiować/)).toBeTruthy();
	});
});
