import { describe, expect, it } from 'vitest';
import { keyOf, readViewer } from './session';

describe('the key of a one-time link', () => {
	it('is found in whatever was pasted', () => {
		for (const pasted of [
			'http://127.0.0.1:8080/login#key=flw_aBc-123',
			'  Sign in to default, once: http://localhost/login#key=flw_aBc-123 ',
			'#key=flw_aBc-123',
			'key=flw_aBc-123',
			'flw_aBc-123',
		]) {
			expect(keyOf(pasted)).toBe('flw_aBc-123');
		}
	});

	it('is not seen where there is none', () => {
		for (const pasted of ['', 'short', 'http://127.0.0.1:8080/login', 'two words here']) expect(keyOf(pasted)).toBeNull();
	});
});

describe('who is signed in', () => {
	it('is read from either form of the answer', () => {
		const me = { name: 'sign-in link', organizationName: 'Biuro Kowalski', roles: ['org_admin'] };
		const viewer = {
			name: 'sign-in link',
			login: '',
			organization: 'Biuro Kowalski',
			roles: ['org_admin'],
			rights: [],
			totp: false,
			screenOf: null,
		};
		expect(readViewer(me)).toMatchObject(viewer);
		expect(readViewer({ user: me })).toMatchObject(viewer);
	});
});
