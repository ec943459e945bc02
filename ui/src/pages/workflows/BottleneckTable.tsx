import { ArrowDown, ArrowUp } from 'lucide-react';
import type { Bottleneck } from '../../api/workflows';
import { useBottlenecks } from '../../app/workflowqueries';
import { Bar } from '../../charts/Bar';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import type { Range } from '../../url/range';
import styles from './WorkflowPage.module.css';

/** Beyond this a step is told to differ from what it was, in percent. */
const DEVIATION_TOLD = 10;

/** The steps by their share of the time of all. */
export function BottleneckTable({ id, range }: { readonly id: string; readonly range: Range }) {
	const { t } = useSpeech();
	const { data, error, refetch } = useBottlenecks(id, range);
	const items = data?.answer.items ?? [];
	return (
		<section className={styles.part}>
			<h2>{t('wf.bottlenecks')}</h2>
			{data !== undefined && (
				<p className={styles.lead}>
					{t(data.answer.capped ? 'wf.bottlenecksCapped' : 'wf.bottlenecksOf', { n: data.answer.runs })}
				</p>
			)}
			{error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			{data === undefined && error === null && <Skeleton label={t('wf.loading')} rows={4} />}
			{data !== undefined && items.length === 0 && <p className={styles.lead}>{t('wf.noSteps')}</p>}
			{items.length > 0 && <StepTable items={items} />}
		</section>
	);
}

function StepTable({ items }: { readonly items: readonly Bottleneck[] }) {
	const { t, format } = useSpeech();
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
		<section className={styles.scroll} tabIndex={0} aria-label={t('wf.bottlenecks')}>
			<table className={styles.table}>
				<thead>
					<tr>
						<th scope="col">{t('wf.col.step')}</th>
						<th scope="col" className={styles.wide}>
							{t('wf.col.share')}
						</th>
						{(['average', 'p95', 'wait', 'failures', 'deviation'] as const).map((column) => (
							<th key={column} scope="col" className={styles.number}>
								{t(`wf.col.${column}`)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{items.map((step) => (
						<tr key={step.id} data-step-id={step.id}>
							<th scope="row" className={styles.name}>
								{step.name}
							</th>
							<td>
								<span className={styles.share}>
									<Bar label={t('wf.col.share')} parts={[{ label: step.name, value: step.share, tone: 'accent' }]} whole={100} />
									<span>{format.percent(step.share)}</span>
								</span>
							</td>
							<td className={styles.number}>{format.duration(step.average)}</td>
							<td className={styles.number}>{format.duration(step.p95)}</td>
							<td className={styles.number}>{format.duration(step.wait)}</td>
							<td className={styles.number} data-bad={step.failures > 0}>
								{format.number(step.failures)}
							</td>
							<td className={styles.number}>
								<Deviation percent={step.deviation} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

/** By how much a step is slower or faster than in the range before. */
function Deviation({ percent }: { readonly percent: number | null }) {
	const { t, format } = useSpeech();
	if (percent === null) return <span className={styles.unknownCell}>{t('chart.noData')}</span>;
	if (Math.abs(percent) < DEVIATION_TOLD) return <>{t('wf.asUsual')}</>;
	const slower = percent > 0;
	const Arrow = slower ? ArrowUp : ArrowDown;
	return (
		<span className={styles.deviation} data-bad={slower}>
			<Arrow size={13} strokeWidth={2.5} aria-hidden="true" />
			{t(slower ? 'wf.slower' : 'wf.faster', { by: format.percent(Math.abs(percent)) })}
		</span>
	);
}
