import { expect, test } from 'vitest';
import { hasDetail, reasonKey } from './reason';

test.each([
	['expired', 'expired'],
	['expired: HTTP 500: oops', 'expired'],
	['untold', 'untold'],
	['interrupted', 'interrupted'],
	['secret_missing – the key of the gateway is not there', 'secret'],
	['no mail server is set', 'noMail'],
	['dial tcp 192.168.1.9:443: connect: connection refused', 'refused'],
	['dial tcp: lookup smtp.biuro.example: no such host', 'noHost'],
	['dial tcp 10.0.0.1:25: connect: network is unreachable', 'noNetwork'],
	['no connection in time', 'noConnection'],
	['dial tcp 10.0.0.1:25: i/o timeout', 'noConnection'],
	['the mail server did not answer in time', 'noAnswer'],
	['TLS: x509: certificate signed by unknown authority', 'tls'],
	['the connection to the mail server broke: EOF', 'broke'],
	['HTTP 503: maintenance', 'serverFailed'],
	['HTTP 401', 'denied'],
	['HTTP 407', 'denied'],
	['HTTP 410', 'notFound'],
	['HTTP 429', 'tooMany'],
])('%s is said in words', (text, key) => {
	expect(reasonKey(text)).toBe(`delivery.why.${key}`);
});

test('what nobody foresaw is said as it came', () => {
	expect(reasonKey('550 5.1.1 no such user')).toBeNull();
	expect(reasonKey('HTTP 422: resolved')).toBeNull();
});

test('a bare word of the program is not shown beside its sentence', () => {
	expect([hasDetail('untold'), hasDetail('HTTP 401')]).toEqual([false, true]);
});
