import { CircleCheck, CircleX, RotateCw } from 'lucide-react';
import { Link } from 'wouter';
import type { Outcome, Received } from '../../api/integrations';
import { Moment } from '../../design/Moment';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

const MARKS = {
	accepted: [CircleCheck, 'good'],
	duplicate: [RotateCw, undefined],
	refused: [CircleX, 'bad'],
} as const;

/** Events as they came in, or as they would, with what became of each. */
export function ReceivedList({ events }: { readonly events: readonly Received[] }) {
	return (
		<ul className={styles.rows}>
			{events.map((event, place) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: events have no names of their own
				<ReceivedRow key={place} event={event} />
			))}
		</ul>
	);
}

function ReceivedRow({ event }: { readonly event: Received }) {
	const { t } = useSpeech();
	const { at, index, outcome, reason, executionId } = event;
	// What is only tried, or was refused, is nowhere to be seen.
	const stored = event.source !== '' && outcome !== 'refused';
	const place = index === null ? t('integrations.whole') : t('integrations.place', { n: String(index + 1) });
	return (
		<li className={`${styles.row} ${styles.record}`} data-testid="received" data-outcome={outcome}>
			<span className={styles.muted}>{at === null ? place : <Moment at={at} />}</span>
			<OutcomeMark outcome={outcome} />
			<div className={styles.main}>
				<p>
					{event.type !== '' && <b>{event.type} </b>}
					{event.about.join(' · ')}
				</p>
				{executionId !== '' &&
					(stored ? (
						<Link href={`/executions/${encodeURIComponent(executionId)}`}>{executionId}</Link>
					) : (
						<span>{executionId}</span>
					))}
				{reason !== '' && (
					<p>
						{outcome === 'refused' && at !== null && `${place}: `}
						{reason}
					</p>
				)}
				{event.source !== '' && <span className={styles.muted}>{t('integrations.source', { name: event.source })}</span>}
			</div>
		</li>
	);
}

function OutcomeMark({ outcome }: { readonly outcome: Outcome }) {
	const { t } = useSpeech();
	const [Icon, kind] = MARKS[outcome];
	return (
		<span className={styles.badges}>
			<span className={styles.badge} data-kind={kind}>
				<Icon size={13} aria-hidden="true" />
				{t(`integrations.${outcome}`)}
			</span>
		</span>
	);
}
