import { list, object, optionalText, readJson, text } from './read';

/** What is wrong with one part of what was sent. */
export interface FieldFault {
	/** The part, as in "body.email". */
	readonly location: string;
	/** English, for want of a better sentence. */
	readonly message: string;
}

/** An answer of the server that is not a success, or the lack of any answer (status 0). */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		/** Stable English code, for programs. */
		readonly code: string,
		/** Sentence for people in the language asked for; '' when there is none. */
		readonly detail: string,
		readonly requestId: string | null,
		readonly fields: readonly FieldFault[] = [],
	) {
		super(`${status} ${code}`);
		this.name = 'ApiError';
	}
}

/** How long an answer may take before the page stops waiting, in ms. */
const ANSWER_LIMIT_MS = 15_000;

/** How long an answer may take for which the server goes through all data, in ms. */
export const LONG_ANSWER_LIMIT_MS = 5 * 60_000;

interface Sending {
	readonly signal?: AbortSignal | undefined;
	/** Default ANSWER_LIMIT_MS. */
	readonly limitMs?: number;
	/** The version that a change is meant for: any other answers 412. */
	readonly version?: number;
}

export interface NamedFile {
	readonly name: string;
	readonly file: Blob;
}

interface HttpOptions {
	readonly fetch: typeof fetch;
	readonly language: () => string;
	/** Called when the server no longer knows the session. */
	readonly onUnauthorized: () => void;
	/** Called with each request's fate: whether the server answered, whatever it said. */
	readonly onReach?: (reached: boolean) => void;
}

/** Talks JSON to the server the page came from. The session cookie goes along by itself. */
export class Http {
	constructor(private readonly options: HttpOptions) {}

	get(path: string, signal?: AbortSignal, limitMs = ANSWER_LIMIT_MS): Promise<unknown> {
		return this.send('GET', path, undefined, { signal, limitMs });
	}

	post(path: string, body: unknown, signal?: AbortSignal, limitMs = ANSWER_LIMIT_MS): Promise<unknown> {
		return this.send('POST', path, body, { signal, limitMs });
	}

	put(path: string, body: unknown): Promise<unknown> {
		return this.send('PUT', path, body, {});
	}

	/** The answer as it was written, for whoever needs its numbers to the last digit. */
	getText(path: string, signal?: AbortSignal): Promise<string> {
		return this.text('GET', path, undefined, { signal });
	}

	postText(path: string, body: unknown, signal?: AbortSignal): Promise<string> {
		return this.text('POST', path, body, { signal });
	}

	patch(path: string, body: unknown, version: number): Promise<unknown> {
		return this.send('PATCH', path, body, { version });
	}

	remove(path: string, version?: number): Promise<unknown> {
		return this.send('DELETE', path, undefined, version === undefined ? {} : { version });
	}

	/** Posts and takes the answer as a file, with the name that the server gives it. */
	download(path: string, limitMs: number): Promise<NamedFile> {
		return this.fileOf('POST', path, {}, limitMs);
	}

	/** Gets a file, with the name that the server gives it. */
	file(path: string, limitMs = LONG_ANSWER_LIMIT_MS): Promise<NamedFile> {
		return this.fileOf('GET', path, undefined, limitMs);
	}

	private async fileOf(method: string, path: string, body: unknown, limitMs: number): Promise<NamedFile> {
		const response = await this.answer(method, path, body, { limitMs });
		const name = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'download';
		try {
			return { name, file: await response.blob() };
		} catch {
			throw unreachable();
		}
	}

	private async send(method: string, path: string, body: unknown, sending: Sending): Promise<unknown> {
		return readJson(await this.text(method, path, body, sending));
	}

	private async text(method: string, path: string, body: unknown, sending: Sending): Promise<string> {
		const response = await this.answer(method, path, body, sending);
		try {
			return await response.text();
		} catch (cause) {
			if (sending.signal?.aborted) throw cause;
			throw unreachable();
		}
	}

	/** The answer, if it is a success; its body is still to be read. */
	private async answer(method: string, path: string, body: unknown, sending: Sending): Promise<Response> {
		const { signal, version } = sending;
		const limit = AbortSignal.timeout(sending.limitMs ?? ANSWER_LIMIT_MS);
		const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': this.options.language() };
		if (body !== undefined) headers['Content-Type'] = 'application/json';
		if (version !== undefined) headers['If-Match'] = `"${version}"`;
		let response: Response;
		let wrong: unknown;
		try {
			response = await this.options.fetch(path, {
				method,
				headers,
				credentials: 'same-origin',
				signal: signal ? AbortSignal.any([signal, limit]) : limit,
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			if (!response.ok) wrong = readJson(await response.text());
		} catch (cause) {
			if (signal?.aborted) throw cause;
			this.options.onReach?.(false);
			throw unreachable();
		}
		this.options.onReach?.(true);
		if (response.ok) return response;
		if (response.status === 401) this.options.onUnauthorized();
		throw problem(response, wrong);
	}
}

function unreachable(): ApiError {
	return new ApiError(0, 'unreachable', '', null);
}

function problem(response: Response, answer: unknown): ApiError {
	const o = object(answer);
	const requestId = optionalText(o.requestId) ?? response.headers.get('X-Request-Id');
	const fields = list(o.errors).map((item) => ({ location: text(object(item).location), message: text(object(item).message) }));
	return new ApiError(response.status, text(o.code) || 'unknown', text(o.detail), requestId, fields);
}
