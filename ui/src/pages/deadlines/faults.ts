import { ApiError } from '../../api/http';

/** The fields that the server found wrong, without "body." and, of a day, without "due.". */
export function faultNames(error: unknown): ReadonlySet<string> {
	if (!(error instanceof ApiError)) return new Set();
	return new Set(error.fields.map(({ location }) => location.replace(/^body\./, '').replace(/^due\./, '')));
}
