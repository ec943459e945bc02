import { useState } from 'react';
import type { Timeline, TimelineRow } from '../../api/timeline';
import controls from '../../design/controls.module.css';
import { StepIcon } from '../../design/Status';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import { lengthOf } from './TimelineRow';
import styles from './TimelineTable.module.css';

/** How many rows are drawn at first, and with every further click. */
const ROWS_AT_ONCE = 300;

interface TimelineTableProps {
	readonly timeline: Timeline;
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

/** The same as the bars say, as a table. */
export function TimelineTable({ timeline, opened, onOpen }: TimelineTableProps) {
	const { t, format } = useSpeech();
	const [limit, setLimit] = useState(ROWS_AT_ONCE);
	const rows = timeline.rows.slice(0, limit);
	const more = Math.min(timeline.rows.length - rows.length, ROWS_AT_ONCE);
	return (
		<>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
			<section className={styles.scroller} tabIndex={0} aria-label={t('timeline.tableOf')}>
				<table className={styles.table} data-testid="timeline-rows">
					<thead>
						<tr>
							<th scope="col" className={styles.head}>
								{t('timeline.col.name')}
							</th>
							<th scope="col" className={styles.head}>
								{t('timeline.col.status')}
							</th>
							{NUMBERS.map(([name]) => (
								<th key={name} scope="col" className={`${styles.head} ${styles.number}`}>
									{t(`timeline.col.${name}`).replace(UNIT, '')}
								</th>
							))}
							<th scope="col" className={styles.head}>
								{t('timeline.col.notes')}
							</th>
						</tr>
					</thead>
					<tbody>
						{rows.map((row) => (
							<tr key={row.id} data-testid="timeline-table-row" data-step-id={row.id} data-open={row.id === opened || undefined}>
								<th scope="row" className={styles.step}>
									<button type="button" className={styles.name} onClick={() => onOpen(row.id === opened ? null : row.id)}>
										{row.name}
									</button>
								</th>
								<td>
									<span className={styles.status}>
										<StepIcon status={row.status} />
										{t(`step.${row.status}`)}
									</span>
								</td>
								{NUMBERS.map(([name, write]) => (
									<td key={name} className={styles.number}>
										{write(row, format)}
									</td>
								))}
								<td className={styles.notes}>
									{[row.critical && t('timeline.critical'), row.slowest && t('timeline.slowest')].filter(Boolean).join(', ')}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</section>
			{more > 0 && (
				<div className={styles.more}>
					<button type="button" className={controls.button} onClick={() => setLimit(limit + ROWS_AT_ONCE)}>
						{t('exec.moreSteps', { n: more })}
					</button>
				</div>
			)}
		</>
	);
}

/** The unit that the file's columns name; the table writes it with each value. */
const UNIT = / \((?:ms|%)\)$/;
const NOTHING = '–';

const time = (ms: number | null | undefined, format: Format) =>
	ms === null || ms === undefined ? NOTHING : ms < 0 ? `−${format.duration(-ms)}` : format.duration(ms);

const NUMBERS = [
	['offset', (row, format) => time(row.startMs, format)],
	['wait', (row, format) => time(row.startMs === null ? null : row.waitMs, format)],
	['duration', (row, format) => lengthOf(row, format)],
	['share', (row, format) => (row.sharePercent === null ? NOTHING : format.percent(row.sharePercent))],
	['attempts', (row) => (row.startMs === null ? NOTHING : String(Math.max(1, row.attempt)))],
	['average', (row, format) => time(row.average?.durationMs, format)],
	['p50', (row, format) => time(row.average?.p50, format)],
	['p95', (row, format) => time(row.average?.p95, format)],
] as const satisfies readonly (readonly [string, (row: TimelineRow, format: Format) => string])[];
