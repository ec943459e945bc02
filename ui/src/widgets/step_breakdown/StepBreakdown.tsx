import { Link } from 'wouter';
import type { Bottleneck } from '../../api/workflows';
import { Bar } from '../../charts/Bar';
import { useSpeech } from '../../i18n/language';
import type { ViewProps } from '../widget';
import type { Breakdown } from './definition';
import styles from './StepBreakdown.module.css';

/** The slowest step and its share; with room all of them, with their wait before; with more p95, failures and the change. */
export function StepBreakdown({ data: { workflow, steps }, config }: ViewProps<Breakdown>) {
	const { t, format } = useSpeech();
	const [first] = steps.items;
	if (first === undefined || workflow === null) return null;
	const longest = Math.max(...steps.items.map((step) => step.average + step.wait));
	return (
		<div className={styles.view}>
			<p className={styles.slowest}>
				<b>{first.name}</b> {t('widget.shareOf', { share: format.percent(first.share) })}
			</p>
			<p className={styles.of}>
				{config.workflow === null && (
					<>
						<Link href={`/workflows/${encodeURIComponent(workflow.id)}`}>{workflow.name}</Link> ·{' '}
					</>
				)}
				{t('wf.runs', { n: steps.runs })} · {t(`range.${config.range ?? '7d'}`)}
			</p>
			<ul className={styles.steps}>
				{steps.items.map((step) => (
					<Step key={step.id} step={step} longest={longest} />
				))}
			</ul>
		</div>
	);
}

function Step({ step, longest }: { readonly step: Bottleneck; readonly longest: number }) {
	const { t, format } = useSpeech();
	const failures = step.count === 0 ? null : (100 * step.failures) / step.count;
	const parts = [
		{ label: t('wf.col.wait'), value: Math.round(step.wait), tone: 'muted' as const },
		{ label: t('wf.col.average'), value: Math.round(step.average), tone: 'accent' as const },
	];
	return (
		<li>
			<span className={styles.name} title={step.name}>
				{step.name}
			</span>
			<Bar label={`${step.name}, ms`} parts={parts} whole={longest} />
			<span className={styles.number}>{format.duration(step.average)}</span>
			<span className={styles.extra}>p95 {format.duration(step.p95)}</span>
			<span className={styles.extra} data-bad={step.failures > 0}>
				{failures === null ? t('chart.noData') : t('widget.failedShare', { share: format.percent(failures) })}
			</span>
			<span className={styles.extra}>
				{step.deviation === null ? '' : `${step.deviation > 0 ? '+' : ''}${format.percent(step.deviation)}`}
			</span>
		</li>
	);
}
