import { memo } from 'react';
import { Link } from 'wouter';
import type { Workflow } from '../../api/workflows';
import { TickStrip } from '../../charts/TickStrip';
import { written } from '../../charts/unit';
import { HealthIcon } from '../../design/Health';
import { Moment } from '../../design/Moment';
import { useSpeech } from '../../i18n/language';
import { arranged } from '../../live/workfloworder';
import parts from '../parts.module.css';
import type { ViewProps } from '../widget';
import styles from './WorkflowHealth.module.css';

/** Most cards: each workflow of a large office has one; beyond that the page is the place to look. */
const CARDS_MAX = 1_000;

/** How many workflows do well; with room each with its last results, with more its numbers too. */
export function WorkflowHealth({ data, config }: ViewProps<readonly Workflow[]>) {
	const { t } = useSpeech();
	const ordered = arranged(data, { q: '', sort: 'health' });
	const shown = ordered.slice(0, config.limit ?? CARDS_MAX);
	const judged = data.filter((one) => one.health !== 'unknown');
	const well = judged.filter((one) => one.health === 'healthy').length;
	return (
		<div className={styles.view}>
			<p className={styles.sum}>
				{judged.length === 0 ? t('wf.count', { n: data.length }) : t('wf.healthy', { well, n: judged.length })}
			</p>
			<ul className={styles.cards}>
				{shown.map((one) => (
					<Card key={one.id} workflow={one} />
				))}
			</ul>
			{ordered.length > shown.length && (
				<Link className={styles.more} href="/workflows">
					{t('widget.moreWorkflows', { n: ordered.length - shown.length })}
				</Link>
			)}
		</div>
	);
}

const Card = memo(function Card({ workflow }: { readonly workflow: Workflow }) {
	const { t, format } = useSpeech();
	const { id, name, health, results, week, nextRunAt } = workflow;
	return (
		<li className={styles.card} data-testid="workflow-card" data-workflow-id={id} data-health={health}>
			<HealthIcon health={health} />
			<Link className={parts.name} href={`/workflows/${encodeURIComponent(id)}`} title={name}>
				{name}
			</Link>
			<span className={styles.strip}>
				<TickStrip results={results} label={t('wf.lastResults')} room={20} />
			</span>
			<span className={styles.numbers}>
				<span title={t('wf.head.rate')}>{written(week?.successRate, 'percent', format, t)}</span>
				<span title={t('wf.head.p95')}>{written(week?.p95, 'ms', format, t)}</span>
				<span title={t('wf.head.next')}>{nextRunAt === null ? '' : <Moment at={nextRunAt} />}</span>
			</span>
		</li>
	);
});
