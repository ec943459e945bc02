import { Plus, Trash2 } from 'lucide-react';
import { useId } from 'react';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import type { FaultOf } from '../../office/OfficeFields';
import { labelText, type MetricRow, withRow } from './scrapedraft';

const METRICS_MAX = 50;
/** What the page of resources shows by itself. */
const USUAL = ['cpu.usage_percent', 'memory.used_mb', 'memory.usage_percent', 'db.active_connections', 'queue.depth'] as const;

interface MetricsProps {
	readonly rows: readonly MetricRow[];
	readonly setRows: (rows: readonly MetricRow[]) => void;
	readonly fault: FaultOf;
}

/** What is read, and what becomes of it. */
export function Metrics({ rows, setRows, fault }: MetricsProps) {
	const { t } = useSpeech();
	const suggestions = useId();
	return (
		<>
			{rows.map((row, n) => (
				<Metric
					key={row.id}
					row={row}
					n={n + 1}
					suggestions={suggestions}
					fault={(name) => fault(`metrics[${n}].${name}`)}
					{...(rows.length > 1 ? { remove: () => setRows(rows.filter((one) => one !== row)) } : {})}
				/>
			))}
			<datalist id={suggestions}>
				{USUAL.map((metric) => (
					<option key={metric} value={metric}>
						{t(`resource.${metric}`)}
					</option>
				))}
			</datalist>
			{rows.length < METRICS_MAX && (
				<div className={styles.actions} data-wide="">
					<button
						type="button"
						className={controls.button}
						data-testid="scrape-metric-add"
						onClick={() => setRows(withRow(rows))}
					>
						<Plus size={15} aria-hidden="true" />
						{t('scrapes.more')}
					</button>
				</div>
			)}
		</>
	);
}

interface MetricProps {
	readonly row: MetricRow;
	readonly n: number;
	/** The id of the list of names to choose from. */
	readonly suggestions: string;
	readonly fault: FaultOf;
	/** Absent: it is the only one. */
	readonly remove?: () => void;
}

/** What is read, and what it becomes. */
function Metric({ row, n, suggestions, fault, remove }: MetricProps) {
	const { t, language } = useSpeech();
	const { id, metric } = row;
	const factor = metric.factor === null ? '' : String(metric.factor);
	return (
		<fieldset className={`${styles.group} ${styles.own}`} data-wide="" data-testid="scrape-metric">
			<legend>{t('scrapes.metric', { n })}</legend>
			<div className={styles.fields}>
				<Line
					name={`metric-${id}`}
					label={t('scrapes.exposed')}
					hint={t('scrapes.exposedHint')}
					defaultValue={metric.metric}
					autoComplete="off"
					fault={fault('metric')}
				/>
				<Line
					name={`as-${id}`}
					label={t('scrapes.as')}
					hint={t('scrapes.asHint')}
					list={suggestions}
					defaultValue={metric.as}
					autoComplete="off"
					fault={fault('as')}
				/>
				<Line
					name={`labels-${id}`}
					label={t('scrapes.labels')}
					hint={t('scrapes.labelsHint')}
					defaultValue={labelText(metric.labels)}
					autoComplete="off"
					fault={fault('labels')}
				/>
				<Line
					name={`factor-${id}`}
					label={t('scrapes.factor')}
					hint={t('scrapes.factorHint')}
					inputMode="decimal"
					defaultValue={language === 'pl' ? factor.replace('.', ',') : factor}
					autoComplete="off"
					fault={fault('factor')}
				/>
				<label className={styles.choice} data-wide="">
					<input type="checkbox" name={`rate-${id}`} value="on" defaultChecked={metric.rate} />
					<span>
						<b>{t('scrapes.rate')}</b>
						<small>{t('scrapes.rateHint')}</small>
					</span>
				</label>
				{remove !== undefined && (
					<div className={styles.actions} data-wide="">
						<button type="button" className={`${controls.button} ${controls.plain}`} onClick={remove}>
							<Trash2 size={15} aria-hidden="true" />
							{t('scrapes.less')}
						</button>
					</div>
				)}
			</div>
		</fieldset>
	);
}
