import {
	BellPlus,
	Boxes,
	CalendarCheck,
	Eye,
	Keyboard,
	Languages,
	LayoutDashboard,
	ListChecks,
	type LucideIcon,
	Pause,
	Play,
	Search,
	SunMoon,
	UserRound,
	Workflow,
} from 'lucide-react';
import type { Dashboard } from '../../api/dashboards';
import type { Viewer } from '../../api/session';
import type { Found } from '../../api/views';
import type { Translate } from '../../i18n/translate';
import { isPersonal } from '../../url/personal';
import { PLACES } from '../Navigation';
import { usableParts } from '../settings';

export const GROUPS = ['executions', 'clients', 'workflows', 'dashboards', 'pages', 'actions'] as const;
export type Group = (typeof GROUPS)[number];

/** Something that the palette leads to or does. */
export interface Entry {
	readonly key: string;
	readonly group: Group;
	readonly label: string;
	readonly detail: string;
	readonly icon: LucideIcon;
	/** Where it leads; a function: what it does. */
	readonly to: string | (() => void);
}

export interface Doings {
	readonly paused: boolean;
	readonly togglePause: () => void;
	readonly nextTheme: () => void;
	readonly nextLanguage: () => void;
	readonly help: () => void;
}

/** Entries that a text finds among those of the page itself, in the order of the navigation. */
export function matching(entries: readonly Entry[], text: string): readonly Entry[] {
	const words = folded(text).split(/\s+/).filter(Boolean);
	return entries.filter((entry) => {
		const place = folded(`${entry.label} ${entry.detail}`);
		return words.every((word) => place.includes(word));
	});
}

/** Small letters without marks: "lodz" finds "Łódź". */
export function folded(text: string): string {
	return text
		.toLowerCase()
		.replaceAll('ł', 'l')
		.normalize('NFD')
		.replace(/\p{Mn}/gu, '');
}

export function pageEntries(viewer: Viewer | null, t: Translate): readonly Entry[] {
	const place = (to: string, label: string, icon: LucideIcon, detail = ''): Entry => ({
		key: `page:${to}`,
		group: 'pages',
		label,
		detail,
		icon,
		to,
	});
	return [
		...PLACES.map((one) => place(one.href, t(one.name), one.icon)),
		place('/deadlines/rules', t('due.rules'), CalendarCheck, t('nav.deadlines')),
		place('/alerts/rules', t('alerts.rules'), ListChecks, t('nav.alerts')),
		place('/alerts/silences', t('alerts.silences'), ListChecks, t('nav.alerts')),
		place('/alerts/deliveries', t('alerts.deliveries'), ListChecks, t('nav.alerts')),
		...usableParts(viewer).map((part) => place(`/settings/${part}`, t(`settings.${part}`), ListChecks, t('nav.settings'))),
	];
}

export function actionEntries(viewer: Viewer | null, doings: Doings, t: Translate): readonly Entry[] {
	const act = (key: string, label: string, icon: LucideIcon, to: Entry['to']): Entry => ({
		key: `action:${key}`,
		group: 'actions',
		label,
		detail: '',
		icon,
		to,
	});
	const makesRules = viewer?.rights.includes('alerts.manage') === true;
	return [
		...(makesRules ? [act('rule', t('rules.new'), BellPlus, '/alerts/rules/new')] : []),
		act('pause', t(doings.paused ? 'find.resume' : 'find.pause'), doings.paused ? Play : Pause, doings.togglePause),
		act('theme', t('find.theme'), SunMoon, doings.nextTheme),
		act('language', t('find.language'), Languages, doings.nextLanguage),
		act('help', t('keys.title'), Keyboard, doings.help),
	];
}

export function dashboardEntries(dashboards: readonly Dashboard[]): readonly Entry[] {
	return dashboards.map((one) => ({
		key: `dashboard:${one.id}`,
		group: 'dashboards',
		label: one.name,
		detail: '',
		icon: LayoutDashboard,
		to: `/d/${encodeURIComponent(one.id)}`,
	}));
}

/** What the server found, and the list of all that it finds. */
export function foundEntries(found: Found, text: string, t: Translate): readonly Entry[] {
	const executions = found.executions.map(
		(x): Entry => ({
			key: `execution:${x.id}`,
			group: 'executions',
			label: x.workflowName,
			detail: [t(`status.${x.status}`), x.client, x.id, x.error].filter((part) => part !== null && part !== '').join(' · '),
			icon: Boxes,
			to: `/executions/${encodeURIComponent(x.id)}`,
		}),
	);
	const clients = found.clients.flatMap((client): Entry[] => {
		// An address is copied and logged: what names a person stays out of it.
		if (isPersonal(client)) return [];
		const query = new URLSearchParams({ client });
		return [
			{
				key: `client:${client}`,
				group: 'clients',
				label: client,
				detail: t('find.clientRuns'),
				icon: UserRound,
				to: `/executions?${query}`,
			},
			{
				key: `due:${client}`,
				group: 'clients',
				label: client,
				detail: t('find.clientDue'),
				icon: CalendarCheck,
				to: `/deadlines?${query}`,
			},
		];
	});
	const workflows = found.workflows.map(
		(one): Entry => ({
			key: `workflow:${one.id}`,
			group: 'workflows',
			label: one.name,
			detail: one.name === one.id ? '' : one.id,
			icon: Workflow,
			to: `/workflows/${encodeURIComponent(one.id)}`,
		}),
	);
	const all: Entry = {
		key: 'all',
		group: 'executions',
		label: t('find.all', { text }),
		detail: '',
		icon: executions.length === 0 ? Search : Eye,
		to: `/executions?${new URLSearchParams({ q: text })}`,
	};
	return [...executions, all, ...clients, ...workflows];
}
