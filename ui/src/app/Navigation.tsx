import {
	BellRing,
	CalendarClock,
	Cpu,
	Layers,
	LayoutDashboard,
	ListChecks,
	type LucideIcon,
	Settings,
	Workflow,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useSpeech } from '../i18n/language';
import type { PlainKey } from '../i18n/translate';
import { useSignal } from './hooks';
import styles from './Shell.module.css';
import { useServices } from './services';
import { usableParts } from './settings';
import { StartLink } from './start/StartLink';

export interface Place {
	readonly href: string;
	readonly name: PlainKey;
	readonly icon: LucideIcon;
	/** Beginnings of the addresses that belong to it. */
	readonly prefixes: readonly string[];
}

export const PLACES: readonly Place[] = [
	{ href: '/', name: 'nav.dashboard', icon: LayoutDashboard, prefixes: ['/d/'] },
	{ href: '/executions', name: 'nav.executions', icon: ListChecks, prefixes: ['/executions'] },
	{ href: '/workflows', name: 'nav.workflows', icon: Workflow, prefixes: ['/workflows'] },
	{ href: '/queue', name: 'nav.queue', icon: Layers, prefixes: ['/queue'] },
	{ href: '/alerts', name: 'nav.alerts', icon: BellRing, prefixes: ['/alerts', '/report'] },
	{ href: '/deadlines', name: 'nav.deadlines', icon: CalendarClock, prefixes: ['/deadlines'] },
	{ href: '/resources', name: 'nav.resources', icon: Cpu, prefixes: ['/resources'] },
];

const SETTINGS: Place = { href: '/settings', name: 'nav.settings', icon: Settings, prefixes: ['/settings'] };

export function Navigation() {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const settings = usableParts(state.phase === 'in' ? state.viewer : null).length > 0;
	return (
		<nav className={styles.nav} aria-label={t('app.nav')}>
			{PLACES.map((place) => (
				<Item key={place.href} place={place}>
					{place.href === '/alerts' && <Trouble />}
				</Item>
			))}
			{settings && <Item place={SETTINGS} />}
			<StartLink />
		</nav>
	);
}

function Item({ place, children }: { readonly place: Place; readonly children?: ReactNode }) {
	const { t } = useSpeech();
	const [path] = useLocation();
	const here = path === place.href || place.prefixes.some((prefix) => path.startsWith(prefix));
	const Icon = place.icon;
	return (
		<Link className={styles.item} href={place.href} aria-current={here ? 'page' : undefined}>
			<Icon size={18} aria-hidden="true" />
			<span>{t(place.name)}</span>
			{children}
		</Link>
	);
}

/** How many serious alerts nobody takes care of. */
function Trouble() {
	const { t } = useSpeech();
	const n = useSignal(useServices().alerts.trouble);
	if (n === 0) return null;
	return (
		<span className={styles.trouble} data-testid="alerts-trouble" data-value={n}>
			<span aria-hidden="true">{n > 99 ? '99+' : n}</span>
			<span className="visually-hidden">{t('alerts.trouble', { n })}</span>
		</span>
	);
}
