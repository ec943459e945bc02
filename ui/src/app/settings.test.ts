import { describe, expect, it } from 'vitest';
import { readViewer } from '../api/session';
import { partNamed, usableParts } from './settings';

const who = (login: string, rights: string[], clients: string[] = []) => readViewer({ id: 'u1', login, rights, clients });

describe('the parts of the settings', () => {
	it('are those that the rights allow', () => {
		expect(usableParts(who('zofia', ['monitoring.read']))).toEqual(['account']);
		expect(usableParts(who('ewa', ['monitoring.read', 'audit.read']))).toEqual(['account', 'audit']);
		expect(usableParts(who('anna', ['users.manage', 'tokens.manage', 'audit.read', 'data.manage']))).toEqual([
			'account',
			'users',
			'tokens',
			'ping-keys',
			'feed-keys',
			'audit',
			'data',
		]);
		expect(usableParts(who('tomek', ['anyUsers.manage', 'anyTokens.manage', 'backup', 'logs.read']))).toEqual([
			'account',
			'users',
			'tokens',
			'ping-keys',
			'feed-keys',
			'backups',
			'log',
		]);
	});

	it('have other names in addresses', () => {
		const names = ['profile', 'dashboards', 'channels', 'users', 'retention', 'api', 'about', 'toString', undefined];
		expect(names.map(partNamed)).toEqual([
			'account',
			'account',
			'office',
			'users',
			'data',
			'tokens',
			'account',
			undefined,
			undefined,
		]);
	});

	it('hold no account for who came by a link, and neither audit nor integrations for who sees some clients', () => {
		expect(usableParts(who('', ['data.manage']))).toEqual(['data']);
		expect(usableParts(who('ewa', ['audit.read', 'settings.manage'], ['nowak']))).toEqual(['account', 'office']);
		expect(usableParts(who('ewa', ['settings.manage']))).toEqual(['account', 'integrations', 'webhooks', 'scrapes', 'office']);
		expect(usableParts(null)).toEqual([]);
	});
});
