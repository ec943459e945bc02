import { useTicking } from '../../app/hooks';
import { Sparkline } from '../../charts/Sparkline';
import { useSpeech } from '../../i18n/language';
import { Meter } from '../../resources/Meter';
import type { Present } from '../../resources/present';
import { amountOf, metricName } from '../../resources/words';
import styles from './resourcespage.module.css';

/** Data older than that are told to be, in ms: samples of engines may come once a minute. */
const OLD_MS = 90_000;

interface ResourceCardsProps {
	readonly all: readonly Present[];
	readonly thresholds: Readonly<Record<string, number>>;
}

/** What there is now, a card each. */
export function ResourceCards({ all, thresholds }: ResourceCardsProps) {
	const { t } = useSpeech();
	return (
		<section aria-labelledby="resources-now" className={styles.section}>
			<h2 id="resources-now">{t('resources.now')}</h2>
			<ul className={styles.cards}>
				{all.map((one) => (
					<Card key={one.key} present={one} threshold={thresholds[one.metric]} />
				))}
			</ul>
		</section>
	);
}

function Card({ present, threshold }: { readonly present: Present; readonly threshold: number | undefined }) {
	const { t, format } = useSpeech();
	const { metric, source, tags, value, at, recent } = present;
	const over = value !== null && threshold !== undefined && value > threshold;
	return (
		<li
			className={styles.card}
			data-testid="resource"
			data-metric={metric}
			data-source={source}
			data-value={value ?? ''}
			data-at={at === null ? '' : new Date(at).toISOString()}
			data-over={over}
		>
			<h3>{metricName(metric, t)}</h3>
			<p className={styles.of}>{[t(`resource.source.${source}`), ...tags].join(' · ')}</p>
			<p className={styles.value}>{value === null ? t('resources.silent') : amountOf(metric, value, format)}</p>
			{value !== null && metric.endsWith('_percent') && <Meter percent={value} threshold={threshold} />}
			<div className={styles.late}>
				{recent.length > 1 && (
					<Sparkline values={recent} label={t('resources.recent', { name: metricName(metric, t) })} from={0} />
				)}
			</div>
			{at === null ? <p className={styles.age}>{t('resources.never')}</p> : <Age at={at} />}
		</li>
	);
}

function Age({ at }: { readonly at: number }) {
	const { format } = useSpeech();
	const said = useTicking((now) => format.ago(now - at));
	const old = useTicking((now) => String(now - at > OLD_MS)) === 'true';
	return (
		<p className={styles.age} data-old={old}>
			<time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
				{said}
			</time>
		</p>
	);
}
