import type { ReactNode } from 'react';
import type { Figures as Numbers, WorkflowMetrics } from '../../api/workflows';
import { Delta } from '../../charts/Delta';
import { type Unit, written } from '../../charts/unit';
import { Hint } from '../../design/Hint';
import { useSpeech } from '../../i18n/language';
import styles from './WorkflowPage.module.css';

const FIGURES = [
	{ metric: 'successRate', unit: 'percent', better: 'up' },
	{ metric: 'averageDuration', unit: 'ms', better: 'down' },
	{ metric: 'p50', unit: 'ms', better: 'down' },
	{ metric: 'p95', unit: 'ms', better: 'down' },
	{ metric: 'p99', unit: 'ms', better: 'down' },
	{ metric: 'total', unit: 'count', better: undefined },
] as const;

/** The numbers of a range, each with what it is of and how it differs from the range before. */
export function Figures({ metrics, old }: { readonly metrics: WorkflowMetrics; readonly old: boolean }) {
	const { t } = useSpeech();
	const { now, former } = metrics;
	return (
		<dl className={styles.figures} aria-busy={old}>
			{FIGURES.map(({ metric, unit, better }) => (
				<Figure
					key={metric}
					metric={metric}
					value={now[metric]}
					unit={unit}
					of={t('wf.n', { n: samplesOf(now, metric) })}
					delta={<Delta now={now[metric]} former={former[metric]} unit={unit} {...(better === undefined ? {} : { better })} />}
				/>
			))}
		</dl>
	);
}

function samplesOf(now: Numbers, metric: (typeof FIGURES)[number]['metric']): number {
	if (metric === 'total') return now.total;
	return metric === 'successRate' ? now.finished : now.samples;
}

interface FigureProps {
	readonly metric: (typeof FIGURES)[number]['metric'];
	readonly value: number | null;
	readonly unit: Unit;
	readonly of: string;
	readonly delta: ReactNode;
}

function Figure({ metric, value, unit, of, delta }: FigureProps) {
	const { t, format } = useSpeech();
	const label = t(`wf.metric.${metric}`);
	return (
		<div className={styles.figure} data-testid="metric" data-metric={metric} data-value={value ?? ''}>
			<dt>
				{label}
				{metric !== 'total' && <Hint label={t('wf.how', { metric: label })} text={t(`wf.how.${metric}`)} />}
			</dt>
			<dd className={value === null ? styles.unknown : styles.value}>{written(value, unit, format, t)}</dd>
			<dd>{delta}</dd>
			{metric !== 'total' && <dd className={styles.of}>{of}</dd>}
		</div>
	);
}
