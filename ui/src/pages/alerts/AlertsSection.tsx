import { AlarmClockOff, BellRing, CloudOff, ListTree, type LucideIcon, Send, Sunrise } from 'lucide-react';
import { Link } from 'wouter';
import { useTitle } from '../../app/hooks';
import styles from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { AlertPage } from './AlertPage';
import { AlertsPart } from './AlertsPart';
import { DeliveriesPart } from './DeliveriesPart';
import { OutagesPart } from './OutagesPart';
import { RulePage } from './RulePage';
import { RulesPart } from './RulesPart';
import { SilencesPart } from './SilencesPart';

const PARTS = ['alerts', 'rules', 'silences', 'outages', 'deliveries'] as const;
type Part = (typeof PARTS)[number];

const ICONS: Readonly<Record<Part, LucideIcon>> = {
	alerts: BellRing,
	rules: ListTree,
	silences: AlarmClockOff,
	outages: CloudOff,
	deliveries: Send,
};

interface AlertsSectionProps {
	/** A part by its name, or the id of an alert; undefined: the alerts. */
	readonly part: string | undefined;
	readonly item: string | undefined;
}

/** The pages about alerts: what was raised, the rules, silences, known outages, messages. */
export default function AlertsSection({ part, item }: AlertsSectionProps) {
	const { t } = useSpeech();
	const known = PARTS.find((one) => one === part);
	const shown: Part = known ?? 'alerts';
	useTitle(t(shown === 'alerts' ? 'nav.alerts' : `alerts.${shown}`));
	return (
		<main
			id="content"
			tabIndex={-1}
			data-page={shown === 'rules' ? 'rules' : 'alerts'}
			className={`${styles.page} ${styles.wide}`}
		>
			<header className={styles.head}>
				<h1>{t('nav.alerts')}</h1>
				<nav className={styles.parts} aria-label={t('alerts.parts')}>
					{PARTS.map((one) => (
						<PartLink key={one} part={one} current={one === shown} />
					))}
					<Link href="/report">
						<Sunrise size={16} aria-hidden="true" />
						{t('nav.report')}
					</Link>
				</nav>
			</header>
			{part === undefined || part === 'alerts' ? (
				<AlertsPart />
			) : shown === 'rules' ? (
				item === undefined ? (
					<RulesPart />
				) : (
					<RulePage key={item} id={item} />
				)
			) : shown === 'silences' ? (
				<SilencesPart />
			) : shown === 'outages' ? (
				<OutagesPart />
			) : shown === 'deliveries' ? (
				<DeliveriesPart />
			) : (
				<AlertPage key={part} id={part} />
			)}
		</main>
	);
}

function PartLink({ part, current }: { readonly part: Part; readonly current: boolean }) {
	const { t } = useSpeech();
	const Icon = ICONS[part];
	return (
		<Link href={part === 'alerts' ? '/alerts' : `/alerts/${part}`} aria-current={current ? 'page' : undefined}>
			<Icon size={16} aria-hidden="true" />
			{t(`alerts.${part}`)}
		</Link>
	);
}
