import { CalendarClock, CircleDashed, ClockAlert, Hourglass, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { Light } from '../api/deadlines';
import { useSpeech } from '../i18n/language';
import styles from './DueLight.module.css';
import tones from './tones.module.css';

const ICONS: Readonly<Record<Light, LucideIcon>> = {
	grey: CircleDashed,
	blue: CalendarClock,
	amber: Hourglass,
	red: TriangleAlert,
	black: ClockAlert,
};

const TONES: Readonly<Record<Light, string>> = {
	grey: 'pending',
	blue: 'running',
	amber: 'waiting',
	red: 'failed',
	black: 'over',
};

interface DueLightProps {
	readonly light: Light;
	/** Working days that are left. */
	readonly daysLeft: number;
}

/** How near a deadline is: shape, words and colour. */
export function DueLight({ light, daysLeft }: DueLightProps) {
	const { t } = useSpeech();
	const Icon = ICONS[light];
	return (
		<span className={`${styles.light} ${tones.toned}`} data-light={light} data-tone={TONES[light]}>
			<Icon size={15} strokeWidth={2.25} aria-hidden="true" />
			{light === 'black' ? t('due.over') : daysLeft <= 0 ? t('due.today') : t('due.left', { n: daysLeft })}
		</span>
	);
}
