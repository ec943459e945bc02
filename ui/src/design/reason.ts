import type { PlainKey } from '../i18n/translate';

/** What servers, networks and the program itself say of a message or a reading that failed, and how that is said to people. The first that fits counts. */
const REASONS: readonly (readonly [RegExp, PlainKey])[] = [
	[/^expired\b/, 'delivery.why.expired'],
	[/^resolved$/, 'delivery.why.resolved'],
	[/^untold$/, 'delivery.why.untold'],
	[/^merged$/, 'delivery.why.merged'],
	[/^record_gone$/, 'delivery.why.record_gone'],
	[/^restored$/, 'delivery.why.restored'],
	[/^interrupted$/, 'delivery.why.interrupted'],
	[/^secret_missing\b/, 'delivery.why.secret'],
	[/^no mail server is set$/, 'delivery.why.noMail'],
	[/^no gateway of text messages is set$/, 'delivery.why.noGateway'],
	[/\bconnection refused$/, 'delivery.why.refused'],
	[/\bno such host\b/, 'delivery.why.noHost'],
	[/\b(network is unreachable|no route to host|server misbehaving)\b/, 'delivery.why.noNetwork'],
	[/\b(no connection in time|i\/o timeout)\b/, 'delivery.why.noConnection'],
	[/\bno answer in time\b|\bdid not answer in time\b/, 'delivery.why.noAnswer'],
	[/^(TLS:|tls:)|\bx509:/, 'delivery.why.tls'],
	[/^the connection .*broke:|\bconnection reset by peer$/, 'delivery.why.broke'],
	[/^HTTP 5\d\d\b/, 'delivery.why.serverFailed'],
	[/^HTTP 40[137]\b|^535\b/, 'delivery.why.denied'],
	[/^HTTP 4(04|10)\b/, 'delivery.why.notFound'],
	[/^HTTP 429\b/, 'delivery.why.tooMany'],
];

/** The key of the sentence that tells people the reason; null where there is none, and its own words must do. */
export function reasonKey(text: string): PlainKey | null {
	return REASONS.find(([fits]) => fits.test(text))?.[1] ?? null;
}

/** Whether the text says more than the sentence: not if it is a bare word of the program. */
export function hasDetail(text: string): boolean {
	return text.includes(' ');
}
