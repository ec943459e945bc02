import {
	BellRing,
	ChevronsUp,
	CircleCheck,
	CircleX,
	Info,
	type LucideIcon,
	OctagonAlert,
	TriangleAlert,
	UserCheck,
} from 'lucide-react';
import type { AlertStatus } from '../api/alerts';
import type { Severity } from '../api/severity';
import { useSpeech } from '../i18n/language';
import styles from './Severity.module.css';

const SEVERITY_ICONS: Readonly<Record<Severity, LucideIcon>> = {
	info: Info,
	warning: TriangleAlert,
	error: CircleX,
	critical: OctagonAlert,
};

/** The shape of a severity, with its word for those who don't see it. */
export function SeverityIcon({ severity }: { readonly severity: Severity }) {
	const { t } = useSpeech();
	const Icon = SEVERITY_ICONS[severity];
	return (
		<span className={styles.icon} data-severity={severity} title={t(`sev.${severity}`)}>
			<Icon size={17} strokeWidth={2.25} aria-hidden="true" />
			<span className="visually-hidden">{t(`sev.${severity}`)}</span>
		</span>
	);
}

/** How urgent an alert is: shape and word, and the colour besides. */
export function SeverityBadge({ severity }: { readonly severity: Severity }) {
	const { t } = useSpeech();
	const Icon = SEVERITY_ICONS[severity];
	return (
		<span className={styles.badge} data-severity={severity}>
			<Icon size={15} strokeWidth={2.25} aria-hidden="true" />
			{t(`sev.${severity}`)}
		</span>
	);
}

const STATUS_ICONS: Readonly<Record<AlertStatus, LucideIcon>> = {
	active: BellRing,
	escalated: ChevronsUp,
	acknowledged: UserCheck,
	resolved: CircleCheck,
};

/** What became of an alert: shape and word, and the colour besides. */
export function AlertStatusBadge({ status }: { readonly status: AlertStatus }) {
	const { t } = useSpeech();
	const Icon = STATUS_ICONS[status];
	return (
		<span className={styles.status} data-status={status}>
			<Icon size={15} strokeWidth={2.25} aria-hidden="true" />
			{t(`alert.${status}`)}
		</span>
	);
}
