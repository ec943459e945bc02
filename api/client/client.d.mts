import type { components, paths } from './schema.js';

export type { components, paths };

/** A shape of the API by its name in openapi.json, such as Schema<'ExecutionStatus'>. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that know a method. */
export type PathOf<M extends Method> = {
	[P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;

type Parameters<O, Where extends 'path' | 'query'> = O extends { parameters: { [K in Where]: infer V } }
	? V
	: O extends { parameters: { [K in Where]?: infer V } }
		? V
		: never;

type Body<O> = O extends { requestBody: { content: infer C } }
	? C[keyof C]
	: O extends { requestBody?: { content: infer C } }
		? C[keyof C]
		: never;

type Content<R> = R extends { content: infer C } ? C[keyof C] : undefined;

type Good = 200 | 201 | 202 | 204;

/** What an operation answers when all is well. */
export type Answer<P extends keyof paths, M extends Method> =
	Operation<P, M> extends { responses: infer R } ? Content<R[keyof R & Good]> : never;

type Named<O> = [Parameters<O, 'path'>] extends [never | undefined] ? false : true;

/** What a call is given; the parameters of a path with any are required. */
export type Options<P extends keyof paths, M extends Method> = {
	params: { query?: Parameters<Operation<P, M>, 'query'>; path: Parameters<Operation<P, M>, 'path'> };
	body?: Body<Operation<P, M>> | string;
	headers?: Record<string, string>;
	signal?: AbortSignal;
};

type Loose<O> = Omit<O, 'params'> & { params?: O extends { params: infer V } ? Omit<V, 'path'> : never };

type Given<P extends keyof paths, M extends Method> =
	Named<Operation<P, M>> extends true ? [options: Options<P, M>] : [options?: Loose<Options<P, M>>];

type Call<M extends Method> = <P extends PathOf<M>>(path: P, ...given: Given<P, M>) => Promise<Answer<P, M>>;

/** The paths that answer pages. */
export type ListPath = {
	[P in PathOf<'get'>]: Answer<P, 'get'> extends { items: unknown[]; nextCursor: unknown } ? P : never;
}[PathOf<'get'>];

export interface Flowwatch {
	get: Call<'get'>;
	post: Call<'post'>;
	put: Call<'put'>;
	patch: Call<'patch'>;
	delete: Call<'delete'>;
	/** All items of a list, page by page. */
	items<P extends ListPath>(
		path: P,
		...given: Given<P, 'get'>
	): AsyncGenerator<Answer<P, 'get'> extends { items: (infer I)[] } ? I : never>;
}

export interface Connection {
	/** Where the server is, such as http://127.0.0.1:8080. */
	url: string;
	/** API token. */
	token?: string;
	/** Of messages: pl or en. Default: en. */
	language?: 'pl' | 'en';
	fetch?: typeof globalThis.fetch;
}

export function flowwatch(connection: Connection): Flowwatch;

export class Refused extends Error {
	readonly status: number;
	/** Stable, in English, such as not_found. */
	readonly code: string;
	readonly errors: { location: string; message: string }[];
	readonly retryAfterSeconds: number | undefined;
}
