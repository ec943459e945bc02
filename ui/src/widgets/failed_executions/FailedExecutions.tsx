import { CircleCheckBig } from 'lucide-react';
import { Link } from 'wouter';
import type { Attention } from '../../api/attention';
import { Ago } from '../../design/Moment';
import { StatusIcon } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import parts from '../parts.module.css';
import type { ViewProps } from '../widget';
import styles from './FailedExecutions.module.css';

/** What failed and nobody has taken care of: how many, and which. */
export function FailedExecutions({ data }: ViewProps<Attention>) {
	const { t } = useSpeech();
	const { total, capped, items } = data;
	const words = t('failed.count', { n: total });
	return (
		<>
			<p className={styles.total} data-testid="attention-count" data-value={total} data-good={total === 0}>
				{total === 0 && <CircleCheckBig size={18} aria-hidden="true" />}
				{total === 0 ? t('failed.none') : capped ? t('list.countCapped', { count: words }) : words}
			</p>
			<ul className={styles.rows}>
				{items.map((x) => (
					<li key={x.id} data-testid="attention-row" data-execution-id={x.id}>
						<StatusIcon status="failed" />
						<Link className={parts.name} href={`/executions/${encodeURIComponent(x.id)}`} title={x.id}>
							{x.client === null ? x.workflowName : `${x.workflowName} · ${x.client}`}
						</Link>
						<span className={styles.time}>{x.completedAt !== null && <Ago at={x.completedAt} />}</span>
						<span className={`${parts.said} ${styles.error}`} title={x.error ?? undefined}>
							{x.error ?? t('failed.noError')}
						</span>
					</li>
				))}
			</ul>
		</>
	);
}
