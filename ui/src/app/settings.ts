import type { Viewer } from '../api/session';

export const SETTINGS_PARTS = [
	'account',
	'users',
	'tokens',
	'integrations',
	'ping-keys',
	'feed-keys',
	'webhooks',
	'scrapes',
	'audit',
	'office',
	'data',
	'backups',
	'log',
] as const;
export type SettingsPart = (typeof SETTINGS_PARTS)[number];

/** Other names of parts, under which addresses may name them. */
const ALSO: Readonly<Record<string, SettingsPart>> = {
	profile: 'account',
	dashboards: 'account',
	about: 'account',
	channels: 'office',
	retention: 'data',
	api: 'tokens',
};

/** The part that an address names; undefined: none. */
export function partNamed(name: string | undefined): SettingsPart | undefined {
	return SETTINGS_PARTS.find((one) => one === name) ?? (name !== undefined && Object.hasOwn(ALSO, name) ? ALSO[name] : undefined);
}

const ANY_OF: Readonly<Record<Exclude<SettingsPart, 'account'>, readonly string[]>> = {
	users: ['users.manage', 'anyUsers.manage'],
	tokens: ['tokens.manage', 'anyTokens.manage'],
	integrations: ['settings.manage'],
	'ping-keys': ['tokens.manage', 'anyTokens.manage'],
	'feed-keys': ['tokens.manage', 'anyTokens.manage'],
	webhooks: ['settings.manage'],
	scrapes: ['settings.manage'],
	audit: ['audit.read'],
	office: ['settings.manage'],
	data: ['data.manage'],
	backups: ['backup'],
	log: ['logs.read'],
};

/** About the whole organisation, not about some clients. */
const OF_ALL: readonly SettingsPart[] = ['audit', 'integrations', 'webhooks', 'scrapes'];

/** Whether somebody may use a part of the settings. The server decides again; this only hides what it would refuse. */
export function mayUse(part: SettingsPart, viewer: Viewer | null): boolean {
	if (viewer === null) return false;
	// Who came by a link has neither a password nor one-time passwords.
	if (part === 'account') return viewer.login !== '';
	if (OF_ALL.includes(part) && viewer.clients.length > 0) return false;
	return ANY_OF[part].some((right) => viewer.rights.includes(right));
}

/** The parts that somebody may use, in the order of the navigation. */
export function usableParts(viewer: Viewer | null): SettingsPart[] {
	return SETTINGS_PARTS.filter((part) => mayUse(part, viewer));
}
