// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { draw } from '../testing/render';
import { ActionButton } from './ActionButton';

afterEach(cleanup);

// The services of a test have no live connection.
describe('a button that asks something of the server (B-103)', () => {
	it('is switched off, and says why, while no request is answered', () => {
		const { services } = draw(
			<ActionButton working={false} title="Zapisuje zmiany">
				Zapisz
			</ActionButton>,
		);
		const button = screen.getByRole('button', { name: 'Zapisz' });
		expect([button.hasAttribute('disabled'), button.title]).toEqual([false, 'Zapisuje zmiany']);
		act(() => services.reached.set(false));
		expect([button.hasAttribute('disabled'), button.title]).toEqual([true, 'Bez połączenia nie można nic zmienić.']);
		act(() => services.reached.set(true));
		expect([button.hasAttribute('disabled'), button.title]).toEqual([false, 'Zapisuje zmiany']);
	});

	it('is not what a form is sent by unless it is told to be, and waits for what is under way', () => {
		const { redraw } = draw(<ActionButton working>Zapisz</ActionButton>);
		const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Zapisz' });
		expect([button.type, button.disabled]).toEqual(['button', true]);
		redraw(
			<ActionButton type="submit" working={false} disabled>
				Zapisz
			</ActionButton>,
		);
		expect([button.type, button.disabled]).toEqual(['submit', true]);
	});
});
