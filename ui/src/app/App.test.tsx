// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadChosen } from '../i18n/language';
import { draw } from '../testing/render';
import { App } from './App';

// A page is loaded when somebody comes to it; how long that takes on a machine that is busy is not what is tested here.
beforeAll(() => import('../pages/executions/ExecutionsPage'));
beforeEach(() => localStorage.clear());
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
	history.replaceState(null, '', '/executions');
});

/** A server that knows nobody until the right key comes. */
function serverWithKey(key: string) {
	let signedIn = false;
	const asked: string[] = [];
	vi.stubGlobal(
		'WebSocket',
		class {
			close() {}
		},
	);
	vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
		asked.push(path);
		const body = init.body === undefined ? {} : JSON.parse(String(init.body));
		if (['/api/auth/session', '/api/auth/setup', '/api/auth/kiosk'].includes(path)) signedIn = body.key === key;
		if (path === '/api/auth/login') {
			if (body.password !== 'dobre hasło') return new Response('{"code":"unauthorized"}', { status: 401 });
			if (body.totp !== '123456') return new Response('{"code":"totp_required"}', { status: 401 });
			signedIn = true;
		}
		return new Response('{"items":[],"nextCursor":null}', { status: signedIn ? 200 : 401 });
	});
	return { asked };
}

const page = () => document.querySelector('main')?.dataset.page;

/** A server at which a person is signed in who sees one execution, as long as it answers. */
function serverOf(person: string) {
	const at = { person, answers: true };
	vi.stubGlobal(
		'WebSocket',
		class {
			close() {}
		},
	);
	vi.stubGlobal('fetch', async (path: string) => {
		if (path === '/api/auth/me') return new Response(JSON.stringify({ id: at.person, name: at.person, roles: [] }));
		if (!at.answers) return new Promise(() => {});
		const items = path.startsWith('/api/monitoring/executions') ? [{ executionId: 'fv-1', seq: 1 }] : [];
		return new Response(JSON.stringify({ items, nextCursor: null }));
	});
	return at;
}

describe('what one person saw', () => {
	const seen = () => document.body.textContent?.includes('1 wykonanie') === true;

	it('is not shown to the next in the same tab, not even before the server answers', async () => {
		const at = serverOf('anna');
		history.replaceState(null, '', '/executions');
		const { services } = draw(<App />);
		await vi.waitFor(() => expect(seen()).toBe(true));
		await act(async () => {
			await services.session.signOut();
		});
		expect(services.queries.getQueryCache().getAll()).toEqual([]);
		Object.assign(at, { person: 'jan', answers: false });
		await act(async () => {
			await services.session.check();
		});
		expect([page(), seen()]).toEqual(['executions', false]);
	});

	it('is replaced at once where another person is signed in under way', async () => {
		const at = serverOf('anna');
		history.replaceState(null, '', '/executions');
		const { services } = draw(<App />);
		await vi.waitFor(() => expect(seen()).toBe(true));
		Object.assign(at, { person: 'jan', answers: false });
		await act(async () => {
			await services.session.check();
		});
		expect([page(), seen()]).toEqual(['executions', false]);
	});
});

describe('the page', () => {
	it('asks to sign in wherever somebody comes without a session', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/executions/fv-1');
		draw(<App />);
		await screen.findByText('Logowanie do Flowwatch');
		expect(page()).toBe('login');
	});

	it('spends the key of the address at once and opens what was asked for', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/executions?status=failed');
		draw(<App />);
		await screen.findByText('Logowanie do Flowwatch');
		cleanup();
		history.replaceState(null, '', '/login#key=right-key');
		draw(<App />);
		await screen.findByText('Brak nieudanych wykonań.');
		expect(page()).toBe('executions');
		expect(location.pathname + location.search).toBe('/executions?status=failed');
		expect(location.hash).toBe('');
	});

	it('says that a used link does not work', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/login#key=used-before');
		draw(<App />);
		expect((await screen.findByTestId('login-error')).textContent).toBe('Odnośnik jest nieważny albo został już użyty.');
		expect(page()).toBe('login');
	});

	it('signs in with a password, and with a one-time password where the account asks for it', async () => {
		serverWithKey('right-key');
		draw(<App />);
		const fill = (name: string, value: string) =>
			fireEvent.change(document.querySelector(`input[name=${name}]`) ?? document.body, { target: { value } });
		fireEvent.change(await screen.findByLabelText('Login'), { target: { value: 'anna' } });
		fill('password', 'złe');
		fireEvent.submit(screen.getByTestId('login'));
		expect((await screen.findByTestId('login-error')).textContent).toBe('Login lub hasło nie pasują.');
		fill('password', 'dobre hasło');
		fireEvent.submit(screen.getByTestId('login'));
		await screen.findByLabelText(/Kod jednorazowy/);
		expect(screen.queryByTestId('login-error')).toBeNull();
		fill('totp', '000000');
		fireEvent.submit(screen.getByTestId('login'));
		expect((await screen.findByTestId('login-error')).textContent).toBe('Kod jednorazowy nie pasuje.');
		fill('totp', '123456');
		fireEvent.submit(screen.getByTestId('login'));
		await screen.findByText('Nie ma jeszcze żadnych wykonań.');
	});

	it('makes the first administrator with the key of the set-up link', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/setup#key=right-key');
		draw(<App />);
		await screen.findByText('Pierwszy administrator');
		expect(page()).toBe('setup');
		expect(location.hash).toBe('');
		fireEvent.change(screen.getByLabelText('Login'), { target: { value: 'anna' } });
		fireEvent.submit(screen.getByTestId('setup'));
		await screen.findByRole('heading', { name: 'Uruchomienie' });
		expect([page(), location.pathname]).toEqual(['start', '/start']);
	});

	it('takes a pasted link', async () => {
		serverWithKey('right-key');
		draw(<App />);
		fireEvent.change(await screen.findByLabelText('Wklej odnośnik'), {
			target: { value: 'http://localhost/login#key=right-key' },
		});
		fireEvent.submit(screen.getByTestId('login-link'));
		await screen.findByText('Nie ma jeszcze żadnych wykonań.');
	});

	it('has the toggles of the address pressed, and puts a toggle into it', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/executions');
		draw(<App />);
		await screen.findByText('Logowanie do Flowwatch');
		cleanup();
		history.replaceState(null, '', '/login#key=right-key');
		draw(<App />);
		await screen.findByText('Nie ma jeszcze żadnych wykonań.');
		const toggle = (value: string) => screen.getAllByTestId('filter-status').find((one) => one.dataset.value === value);
		const press = (value: string) => fireEvent.click(toggle(value) ?? document.body);
		const entries = history.length;
		press('running');
		press('failed');
		expect(location.search).toBe('?status=running,failed');
		expect(history.length).toBe(entries + 2);
		expect(toggle('failed')?.ariaPressed ?? toggle('failed')?.getAttribute('aria-pressed')).toBe('true');
		press('running');
		expect(location.search).toBe('?status=failed');
		await screen.findByText('Brak nieudanych wykonań.');
	});

	it('speaks English when asked to, and remembers it', async () => {
		serverWithKey('right-key');
		draw(<App />);
		fireEvent.change(await screen.findByTestId('language'), { target: { value: 'en' } });
		await screen.findByText('Sign in to Flowwatch');
		expect(document.documentElement.lang).toBe('en');
		cleanup();
		draw(<App />, await loadChosen());
		expect(await screen.findByText('Sign in to Flowwatch')).toBeTruthy();
	});

	it('makes a browser a screen by the key of a link, and says when there is none', async () => {
		const { asked } = serverWithKey('right-key');
		history.replaceState(null, '', '/kiosk/d1#old-key');
		draw(<App />);
		await screen.findByText('Ten odnośnik jest nieważny.');
		expect([page(), location.hash]).toEqual(['kiosk', '']);
		expect(asked).toContain('/api/auth/kiosk');
		cleanup();
		history.replaceState(null, '', '/kiosk/d1#right-key');
		draw(<App />);
		await screen.findByText('Nie ma takiego pulpitu.');
		expect([page(), document.querySelector('nav')]).toEqual(['kiosk', null]);
		expect(document.documentElement.dataset.theme).toBe('dark');
	});

	it('changes its theme', async () => {
		serverWithKey('right-key');
		draw(<App />);
		fireEvent.change(await screen.findByTestId('theme'), { target: { value: 'dark' } });
		expect(document.documentElement.dataset.theme).toBe('dark');
		fireEvent.change(screen.getByTestId('theme'), { target: { value: 'light' } });
		expect(document.documentElement.dataset.theme).toBe('light');
	});

	it('says so where there is no such page', async () => {
		serverWithKey('right-key');
		history.replaceState(null, '', '/login#key=right-key');
		draw(<App />);
		await screen.findByText('Nie ma takiego pulpitu.');
		cleanup();
		history.replaceState(null, '', '/nowhere');
		draw(<App />);
		await screen.findByText('Nie ma takiej strony');
	});
});
