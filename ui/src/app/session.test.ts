// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Http } from '../api/http';
import { Session } from './session';

beforeEach(() => {
	localStorage.clear();
	vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

/** A session in front of a server that answers each request with a status, or not at all (0). */
function sessionWith(...statuses: number[]) {
	const asked: string[] = [];
	const fetch = async (path: RequestInfo | URL) => {
		asked.push(String(path));
		const status = statuses.shift() ?? 0;
		if (status === 0) throw new TypeError('refused');
		return new Response(status === 204 ? null : JSON.stringify({ name: 'Anna', organizationName: 'Biuro', roles: [] }), {
			status,
		});
	};
	const session: Session = new Session(new Http({ fetch, language: () => 'pl', onUnauthorized: () => session.leave() }));
	return { session, asked };
}

describe('the session', () => {
	it('is in when the server knows it, out when it does not', async () => {
		const known = sessionWith(200);
		await known.session.check();
		expect(known.session.state.get()).toMatchObject({ phase: 'in', viewer: { organization: 'Biuro' } });
		const unknown = sessionWith(401);
		await unknown.session.check();
		expect(unknown.session.state.get()).toEqual({ phase: 'out' });
	});

	it('stays unknown while the server is away, and asks again', async () => {
		const { session, asked } = sessionWith(0, 503, 200);
		await session.check();
		expect(session.state.get().phase).toBe('unknown');
		await vi.advanceTimersByTimeAsync(6_100);
		expect(session.state.get().phase).toBe('in');
		expect(asked).toHaveLength(3);
	});

	it('is likely where somebody was signed in before', async () => {
		expect(sessionWith().session.state.get()).toEqual({ phase: 'unknown', likely: false });
		await sessionWith(200).session.check();
		expect(sessionWith().session.state.get()).toEqual({ phase: 'unknown', likely: true });
	});

	it('says why a link did not work', async () => {
		expect(await sessionWith(401).session.redeem('k')).toEqual({ kind: 'refused' });
		expect(await sessionWith(429).session.redeem('k')).toEqual({ kind: 'limited' });
		expect(await sessionWith(0).session.redeem('k')).toEqual({ kind: 'unreachable' });
		expect(await sessionWith(422).session.redeem('k')).toEqual({ kind: 'invalid', detail: '' });
		expect(await sessionWith(200, 200).session.redeem('k')).toBeNull();
	});

	it('outlives its renewal, whatever is said of the former one', async () => {
		const { session } = sessionWith(200, 200);
		await session.check();
		let done = () => {};
		const renewal = session.renew(
			new Promise<void>((resolve) => {
				done = resolve;
			}),
		);
		session.leave();
		expect(session.state.get().phase).toBe('in');
		done();
		await renewal;
		session.leave();
		expect(session.state.get().phase).toBe('out');
	});

	it('is left even when the server does not hear of it', async () => {
		const { session } = sessionWith(200, 0);
		await session.check();
		await session.signOut().catch(() => {});
		expect(session.state.get().phase).toBe('out');
	});

	it('is no longer in while the server ends it, so that no page asks meanwhile', async () => {
		const { session } = sessionWith(200, 204);
		await session.check();
		const leaving = session.signOut();
		expect(session.state.get()).toEqual({ phase: 'unknown', likely: false });
		await leaving;
		expect(session.state.get().phase).toBe('out');
	});

	it('counts who left, and who made room for another: not who is asked for again', async () => {
		let id = 'anna';
		const fetch = async () => new Response(JSON.stringify({ id }));
		const session: Session = new Session(new Http({ fetch, language: () => 'pl', onUnauthorized: () => session.leave() }));
		await session.check();
		await session.check();
		expect(session.departures.get()).toBe(0);
		id = 'jan';
		await session.check();
		expect(session.departures.get()).toBe(1);
		await session.signOut();
		expect(session.departures.get()).toBe(2);
		await session.check();
		expect(session.departures.get()).toBe(2);
	});
});
