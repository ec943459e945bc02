// A client of the API without dependencies: fetch, and what every call needs around it. client.d.mts gives it the types of schema.d.ts.

/** An answer that is not what was asked for: the problem document of RFC 9457. */
export class Refused extends Error {
	constructor(status, problem, retryAfterSeconds) {
		super(problem?.detail ?? `the server answered ${status}`);
		this.name = 'Refused';
		this.status = status;
		this.code = problem?.code ?? 'unknown';
		this.errors = problem?.errors ?? [];
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

/** Speaks to one server as one API token. */
export function flowwatch({ url, token, language = 'en', fetch = globalThis.fetch }) {
	const base = url.replace(/\/+$/, '');

	async function call(method, path, { params = {}, body, headers, signal } = {}) {
		const request = { method, signal, headers: { 'Accept-Language': language, ...headers } };
		if (token !== undefined) request.headers.Authorization = `Bearer ${token}`;
		if (body !== undefined) {
			request.headers['Content-Type'] ??= 'application/json';
			request.body = typeof body === 'string' ? body : JSON.stringify(body);
		}
		const response = await fetch(base + filled(path, params.path) + written(params.query), request);
		const media = response.headers.get('Content-Type') ?? '';
		const read = () => (/^application\/([\w.]+\+)?json\b/.test(media) ? response.json() : response.text());
		if (!response.ok) {
			const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
			const problem = await read().catch(() => undefined);
			throw new Refused(response.status, problem, Number.isNaN(seconds) ? undefined : seconds);
		}
		return response.status === 204 ? undefined : read();
	}

	/** All items of a list, page by page. */
	async function* items(path, { params = {}, ...rest } = {}) {
		for (let cursor = params.query?.cursor; ; ) {
			const query = cursor ? { ...params.query, cursor } : params.query;
			const page = await call('GET', path, { ...rest, params: { ...params, query } });
			yield* page.items;
			cursor = page.nextCursor;
			if (!cursor) return;
		}
	}

	return {
		get: (path, options) => call('GET', path, options),
		post: (path, options) => call('POST', path, options),
		put: (path, options) => call('PUT', path, options),
		patch: (path, options) => call('PATCH', path, options),
		delete: (path, options) => call('DELETE', path, options),
		items,
	};
}

/** A path with its parameters filled in. */
function filled(path, values = {}) {
	return path.replace(/\{(\w+)\}/g, (_, name) => {
		if (values[name] === undefined) throw new TypeError(`${path} needs ${name}`);
		return encodeURIComponent(values[name]);
	});
}

/** A query; a list is a parameter that comes often, and what is undefined does not come. */
function written(values = {}) {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(values)) {
		for (const one of [value].flat()) if (one !== undefined && one !== null) query.append(name, String(one));
	}
	return query.size === 0 ? '' : `?${query}`;
}
