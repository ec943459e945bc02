import { Link } from 'wouter';
import type { Execution } from '../../api/execution';
import { currentSteps, planPlace } from '../../app/currentstep';
import { Elapsed } from '../../app/Elapsed';
import { useMedia } from '../../app/useMedia';
import { Progress } from '../../design/Progress';
import { StatusIcon } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import styles from './ActiveExecutions.module.css';
import { ActiveTable } from './ActiveTable';
import { ACTIVE, type Active, activeTotal } from './definition';

/** From this size on, in px, there is room for the table of all. */
const TABLE_WIDTH = 640;
const TABLE_HEIGHT = 230;

/** What runs now: how many; where there is room those that run the longest, or the table of all. */
export function ActiveExecutions({ data, config }: ViewProps<Active>) {
	const { t } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	// On a phone the table's cards would scroll within the page that scrolls.
	const phone = useMedia('(max-width: 720px)');
	const table = !phone && width >= TABLE_WIDTH && height >= TABLE_HEIGHT;
	const total = activeTotal(data);
	return (
		<div ref={ref} className={styles.view}>
			<div className={styles.head}>
				<p className={styles.total} data-testid="active-count" data-value={total}>
					{data.capped ? t('list.countCapped', { count: t('active.count', { n: total }) }) : t('active.count', { n: total })}
				</p>
				<ul className={styles.counts}>
					{ACTIVE.map((status) => (
						<li key={status}>
							<Link
								className={styles.count}
								href={`/executions?${serializeFilter({ ...EVERYTHING, status: [status], workflow: config.workflow ?? '' })}`}
								data-testid="active-status"
								data-status={status}
								data-value={data.counts[status]}
							>
								<StatusIcon status={status} size={14} still />
								{t(`status.${status}`)}
								<strong>{data.counts[status]}</strong>
							</Link>
						</li>
					))}
				</ul>
			</div>
			{table ? <ActiveTable workflow={config.workflow ?? ''} /> : <Longest items={data.longest} />}
		</div>
	);
}

function Longest({ items }: { readonly items: readonly Execution[] }) {
	const { t } = useSpeech();
	if (items.length === 0) return null;
	return (
		<ul className={styles.longest} aria-label={t('active.longest')}>
			{items.map((x) => (
				<li key={x.id}>
					<Link className={styles.name} href={`/executions/${encodeURIComponent(x.id)}`} title={x.id}>
						{x.workflowName}
					</Link>
					<span className={styles.time}>{x.startedAt !== null && <Elapsed since={x.startedAt} />}</span>
					<span className={styles.step}>
						{[x.client, currentSteps(x, t), planPlace(x, t)].filter((part) => part !== null).join(' · ')}
					</span>
					<span className={styles.progress}>
						<Progress percent={x.progress} status={x.status} />
					</span>
				</li>
			))}
		</ul>
	);
}
