import { describe, expect, it, vi } from 'vitest';
import { ApiError, Http } from './http';

function answering(status: number, body: string, headers: Record<string, string> = {}) {
	const onUnauthorized = vi.fn();
	const fetch = vi.fn(async () => new Response(status === 204 ? null : body, { status, headers }));
	return { http: new Http({ fetch, language: () => 'pl', onUnauthorized }), fetch, onUnauthorized };
}

describe('a request', () => {
	it('answers the JSON of a success, and nothing for an empty one', async () => {
		expect(await answering(200, '{"a":1}').http.get('/x')).toEqual({ a: 1 });
		expect(await answering(204, '').http.post('/x', {})).toBeNull();
	});

	it('asks for the language that is spoken', async () => {
		const { http, fetch } = answering(200, '{}');
		await http.get('/x');
		expect(fetch).toHaveBeenCalledWith(
			'/x',
			expect.objectContaining({ headers: expect.objectContaining({ 'Accept-Language': 'pl' }) }),
		);
	});

	it('fails with what the server said, and with the number that support needs', async () => {
		const { http, onUnauthorized } = answering(422, '{"code":"invalid_field","detail":"Zły kursor"}', { 'X-Request-Id': 'r-7' });
		const error = await http.get('/x').catch((cause: unknown) => cause);
		expect(error).toMatchObject({ status: 422, code: 'invalid_field', detail: 'Zły kursor', requestId: 'r-7' });
		expect(onUnauthorized).not.toHaveBeenCalled();
	});

	it('tells when the session is gone', async () => {
		const { http, onUnauthorized } = answering(401, '<html>');
		await expect(http.get('/x')).rejects.toBeInstanceOf(ApiError);
		expect(onUnauthorized).toHaveBeenCalledOnce();
	});

	it('tells whether the server answered, whatever it said, and nothing of what was given up', async () => {
		const onReach = vi.fn();
		const answers = [new Response('{}'), new Response('{}', { status: 500 }), new TypeError('refused')];
		const fetch = () => {
			const next = answers.shift();
			return next instanceof Response ? Promise.resolve(next) : Promise.reject(next);
		};
		const http = new Http({ fetch, language: () => 'pl', onUnauthorized: vi.fn(), onReach });
		await http.get('/x');
		await expect(http.get('/x')).rejects.toMatchObject({ status: 500 });
		await expect(http.get('/x')).rejects.toMatchObject({ status: 0 });
		await expect(http.get('/x', AbortSignal.abort())).rejects.toBeUndefined();
		expect(onReach.mock.calls).toEqual([[true], [true], [false]]);
	});

	it('is unreachable when no answer comes', async () => {
		const http = new Http({
			fetch: () => Promise.reject(new TypeError('refused')),
			language: () => 'pl',
			onUnauthorized: () => {},
		});
		await expect(http.get('/x')).rejects.toMatchObject({ status: 0, code: 'unreachable' });
	});
});

describe('a file', () => {
	it('comes with the name that the server gives it', async () => {
		const { http } = answering(200, 'abc', { 'Content-Disposition': 'attachment; filename="kopia.tar.zst"' });
		const { name, file } = await http.download('/x', 1_000);
		expect(name).toBe('kopia.tar.zst');
		expect(await file.text()).toBe('abc');
	});

	it('is refused like any answer', async () => {
		const { http } = answering(409, '{"code":"busy","detail":"Kopia już powstaje"}');
		await expect(http.download('/x', 1_000)).rejects.toMatchObject({ status: 409, detail: 'Kopia już powstaje' });
	});
});
