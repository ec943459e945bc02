import { TrendingDown } from 'lucide-react';
import type { Degradation } from '../../api/workflows';
import { useSpeech } from '../../i18n/language';
import styles from './WorkflowPage.module.css';

/** A change smaller than this is not what made it degraded. */
const TOLD_PERCENT = 25;
const TOLD_POINTS = -5;

/** Says since when a workflow does worse, and by how much: only when it does. */
export function Degraded({ degradation }: { readonly degradation: Degradation | null }) {
	const { t, format } = useSpeech();
	if (degradation === null || !degradation.degraded) return null;
	const { since, p95ChangePercent, successChangePoints, samples, baselineSamples } = degradation;
	const slower = p95ChangePercent !== null && p95ChangePercent >= TOLD_PERCENT;
	const failing = successChangePoints !== null && successChangePoints <= TOLD_POINTS;
	return (
		<div className={styles.degraded} data-testid="degraded" role="status">
			<TrendingDown size={20} aria-hidden="true" />
			<div>
				<p>
					<b>{since === null ? t('wf.degraded') : t('wf.degradedSince', { since: format.date(since) })}</b>{' '}
					{slower && t('wf.degradedP95', { by: format.percent(p95ChangePercent) })}{' '}
					{failing && t('wf.degradedRate', { by: format.number(-successChangePoints) })}
				</p>
				<p className={styles.lead}>{t('wf.degradedHow', { week: samples, weeks: baselineSamples })}</p>
			</div>
		</div>
	);
}
