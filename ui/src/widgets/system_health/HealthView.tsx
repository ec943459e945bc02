import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import type { Health } from '../../api/resources';
import { useSpeech } from '../../i18n/language';
import { ResourceWarnings } from '../../resources/ResourceWarnings';
import type { ViewProps } from '../widget';
import styles from './HealthView.module.css';

const ICONS = { green: CircleCheck, yellow: TriangleAlert, red: CircleX } as const;

/** Whether what is shown can be trusted, and if not, why, in sentences. */
export function HealthView({ data: health }: ViewProps<Health>) {
	const { t } = useSpeech();
	const Icon = ICONS[health.status];
	const warned = new Set(health.warnings.map(({ message }) => message));
	// What is a warning stands among the warnings, with its sign; the queue's stands by the queue and here.
	const others = health.reasons.filter((reason) => !warned.has(reason));
	const queue = health.warnings.filter(({ code }) => code === 'queue_backlog');
	return (
		<div className={styles.view}>
			<p className={styles.status} data-testid="health" data-status={health.status}>
				<Icon size={22} aria-hidden="true" />
				{t(`health.${health.status}`)}
			</p>
			<ul className={styles.reasons}>
				{[...others, ...queue.map(({ message }) => message)].map((reason) => (
					<li key={reason} data-testid="health-reason">
						{reason}
					</li>
				))}
			</ul>
			<ResourceWarnings health={health} compact />
			<ul className={styles.notes}>
				{health.notes.map((note) => (
					<li key={note.code}>
						<Info size={14} aria-hidden="true" />
						{note.message}
					</li>
				))}
			</ul>
		</div>
	);
}
