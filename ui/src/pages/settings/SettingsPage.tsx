import {
	CalendarDays,
	DatabaseBackup,
	DatabaseZap,
	Gauge,
	KeyRound,
	Link2,
	Logs,
	type LucideIcon,
	Plug,
	ScrollText,
	Send,
	ShieldX,
	SlidersHorizontal,
	UserRound,
	UsersRound,
} from 'lucide-react';
import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { useSignal, useTitle } from '../../app/hooks';
import { MissingPage } from '../../app/MissingPage';
import { useServices } from '../../app/services';
import { mayUse, partNamed, type SettingsPart, usableParts } from '../../app/settings';
import { Notice } from '../../design/Notice';
import styles from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { AccountPart } from './AccountPart';
import { AuditPart } from './AuditPart';
import { BackupsPart } from './BackupsPart';
import { DataPart } from './DataPart';
import { LogPart } from './LogPart';
import { OfficePart } from './OfficePart';
import { TokensPart } from './TokensPart';
import { UsersPart } from './UsersPart';

const IntegrationsPart = lazy(async () => ({ default: (await import('./connections')).IntegrationsPart }));
const FeedKeysPart = lazy(async () => ({ default: (await import('./connections')).FeedKeysPart }));
const PingKeysPart = lazy(async () => ({ default: (await import('./connections')).PingKeysPart }));
const ScrapesPart = lazy(async () => ({ default: (await import('./connections')).ScrapesPart }));
const WebhooksPart = lazy(async () => ({ default: (await import('./connections')).WebhooksPart }));

/** What a part gets: the rest of the address after its name, '' for none. */
export interface PartProps {
	readonly item: string;
}

const PARTS: Readonly<Record<SettingsPart, { readonly icon: LucideIcon; readonly show: ComponentType<PartProps> }>> = {
	account: { icon: UserRound, show: AccountPart },
	users: { icon: UsersRound, show: UsersPart },
	tokens: { icon: KeyRound, show: TokensPart },
	integrations: { icon: Plug, show: IntegrationsPart },
	'ping-keys': { icon: Link2, show: PingKeysPart },
	'feed-keys': { icon: CalendarDays, show: FeedKeysPart },
	webhooks: { icon: Send, show: WebhooksPart },
	scrapes: { icon: Gauge, show: ScrapesPart },
	audit: { icon: ScrollText, show: AuditPart },
	office: { icon: SlidersHorizontal, show: OfficePart },
	data: { icon: DatabaseZap, show: DataPart },
	backups: { icon: DatabaseBackup, show: BackupsPart },
	log: { icon: Logs, show: LogPart },
};

/** Gone to from the integrations, by who may use these. */
const CONNECTIONS: readonly SettingsPart[] = ['ping-keys', 'feed-keys', 'webhooks', 'scrapes'];

interface SettingsPageProps {
	readonly part: string | undefined;
	readonly item: string | undefined;
}

/** The settings: own account, people, tokens, audit, office, data; of the appliance backups and log. Without a part in the address the first that the viewer may use. */
export default function SettingsPage({ part, item = '' }: SettingsPageProps) {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const [, navigate] = useLocation();
	const viewer = state.phase === 'in' ? state.viewer : null;
	const usable = usableParts(viewer);
	const first = usable[0];
	const shown = partNamed(part);
	const canonical = part === undefined ? first : shown;
	useTitle(shown === undefined ? t('nav.settings') : t(`settings.${shown}`));
	useEffect(() => {
		if (canonical !== undefined && canonical !== part) navigate(`/settings/${canonical}`, { replace: true });
	}, [part, canonical, navigate]);

	if (part !== undefined && shown === undefined) return <MissingPage />;
	const inIntegrations = (one: SettingsPart | undefined) =>
		one !== undefined && CONNECTIONS.includes(one) && usable.includes('integrations');
	// Who is signed in is not known yet.
	const waiting = state.phase !== 'in' || (part === undefined && first !== undefined);
	const Part = shown === undefined ? null : PARTS[shown].show;
	return (
		<main id="content" tabIndex={-1} data-page="settings" className={`${styles.page} ${styles.wide}`}>
			<header className={styles.head}>
				<h1>{t('nav.settings')}</h1>
				<nav className={styles.parts} aria-label={t('settings.parts')}>
					{usable
						.filter((one) => !inIntegrations(one))
						.map((one) => (
							<PartLink key={one} part={one} current={one === shown || (one === 'integrations' && inIntegrations(shown))} />
						))}
				</nav>
			</header>
			<Suspense fallback={null}>
				{!waiting && (Part === null || shown === undefined || !mayUse(shown, viewer) ? <NoPermission /> : <Part item={item} />)}
			</Suspense>
		</main>
	);
}

function PartLink({ part, current }: { readonly part: SettingsPart; readonly current: boolean }) {
	const { t } = useSpeech();
	const { icon: Icon } = PARTS[part];
	return (
		<Link href={`/settings/${part}`} aria-current={current ? 'page' : undefined}>
			<Icon size={16} aria-hidden="true" />
			{t(`settings.${part}`)}
		</Link>
	);
}

function NoPermission() {
	const { t } = useSpeech();
	return (
		<div data-testid="no-permission">
			<Notice icon={ShieldX} title={t('settings.forbidden')}>
				{t('settings.forbiddenHint')}
			</Notice>
		</div>
	);
}
