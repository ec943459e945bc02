import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { Health } from '../api/workflows';
import { useSpeech } from '../i18n/language';
import styles from './Health.module.css';

const ICONS: Readonly<Record<Health, LucideIcon>> = {
	healthy: CircleCheck,
	degraded: TriangleAlert,
	failing: CircleX,
	unknown: CircleDashed,
};

/** How a workflow does by its last results: shape and word, and the colour besides. */
export function HealthBadge({ health, large = false }: { readonly health: Health; readonly large?: boolean }) {
	const { t } = useSpeech();
	const Icon = ICONS[health];
	return (
		<span
			className={large ? `${styles.badge} ${styles.large}` : styles.badge}
			data-health={health}
			title={t(`health.${health}.hint`)}
		>
			<Icon size={large ? 18 : 15} strokeWidth={2.25} aria-hidden="true" />
			{t(`health.${health}`)}
		</span>
	);
}

/** The shape alone, with its word for those who don't see it. */
export function HealthIcon({ health }: { readonly health: Health }) {
	const { t } = useSpeech();
	const Icon = ICONS[health];
	return (
		<span className={styles.badge} data-health={health} title={t(`health.${health}`)}>
			<Icon size={16} strokeWidth={2.25} aria-hidden="true" />
			<span className="visually-hidden">{t(`health.${health}`)}</span>
		</span>
	);
}
