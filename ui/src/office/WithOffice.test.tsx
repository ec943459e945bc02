// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { createServices } from '../app/services';
import { draw } from '../testing/render';
import { OfficeFields } from './OfficeFields';
import { WithOffice } from './WithOffice';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

/** A server whose settings have a version, as If-Match knows them. */
function server(version: number) {
	const state = { version, sent: [] as (string | null)[], publicUrl: 'http://a' };
	vi.stubGlobal('fetch', async (_path: string, init?: RequestInit) => {
		if (init?.method !== 'PATCH') return new Response(JSON.stringify({ version: state.version, publicUrl: state.publicUrl }));
		const match = new Headers(init.headers).get('If-Match');
		state.sent.push(match);
		if (match !== `"${state.version}"`) return new Response(JSON.stringify({ code: 'stale' }), { status: 412 });
		state.version += 1;
		return new Response(JSON.stringify({ version: state.version, publicUrl: state.publicUrl }));
	});
	return state;
}

const form = (
	<WithOffice>
		{(office) => (
			<OfficeFields {...office} testId="form" changeOf={(value) => ({ publicUrl: value('publicUrl') })}>
				{() => <input name="publicUrl" aria-label="adres" defaultValue={office.settings.publicUrl} />}
			</OfficeFields>
		)}
	</WithOffice>
);
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Zapisz' }));

it('a form does not save over what a colleague has changed since it was drawn', async () => {
	const state = server(3);
	const services = createServices();
	services.queries.setQueryData(['office'], { version: 1, publicUrl: 'http://old' });
	draw(form, undefined, services);
	const field = await screen.findByLabelText<HTMLInputElement>('adres');
	expect(field.value).toBe('http://a'); // never what was kept of an earlier visit
	state.version = 4;
	state.publicUrl = 'http://b';
	await services.queries.refetchQueries({ queryKey: ['office'] });
	save();
	await screen.findByRole('button', { name: 'Wczytaj aktualny stan' });
	expect(state.sent).toEqual(['"3"']);
	fireEvent.click(screen.getByRole('button', { name: 'Wczytaj aktualny stan' }));
	await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>('adres').value).toBe('http://b'));
	save();
	await screen.findByTestId('office-saved');
	save();
	await waitFor(() => expect(state.sent).toEqual(['"3"', '"4"', '"5"']));
});
