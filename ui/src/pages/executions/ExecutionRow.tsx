import { memo } from 'react';
import { Link } from 'wouter';
import type { Execution } from '../../api/execution';
import { currentSteps, planPlace } from '../../app/currentstep';
import { Elapsed } from '../../app/Elapsed';
import { Moment } from '../../design/Moment';
import { PriorityMark } from '../../design/Priority';
import { Progress } from '../../design/Progress';
import { StatusBadge } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import type { Rows } from '../../live/rows';

import styles from './ExecutionTable.module.css';
import { useRow } from './useRow';

interface ExecutionRowProps {
	readonly rows: Rows;
	readonly id: string;
	/** From 0 in the whole list. */
	readonly index: number;
	readonly top: number;
	readonly height: number;
	/** The list's query string, so that the execution's page finds the way back. */
	readonly from: string;
}

/** One execution in the list. It listens to its own state only. */
export const ExecutionRow = memo(function ExecutionRow({ rows, id, index, top, height, from }: ExecutionRowProps) {
	const x = useRow(rows, id);
	const { t } = useSpeech();
	if (x === undefined) return null;
	return (
		<div
			role="row"
			// The header is row 1.
			aria-rowindex={index + 2}
			className={styles.row}
			style={{ top, height }}
			data-testid="execution-row"
			data-execution-id={x.id}
			data-status={x.status}
			data-progress={x.progress}
			data-index={index}
		>
			<span role="cell" className={styles.status}>
				<StatusBadge status={x.status} />
			</span>
			<span role="cell" className={styles.workflow} title={`${x.workflowName} · ${x.id}`}>
				<Link className={styles.link} href={`/executions/${encodeURIComponent(x.id)}`} state={{ from }}>
					{x.workflowName}
				</Link>
				<span className={styles.id}>{x.id}</span>
			</span>
			<span role="cell" className={styles.client} title={x.client ?? undefined}>
				{x.client ?? <Nothing />}
			</span>
			<StepCell execution={x} />
			<span role="cell" className={styles.progress}>
				<Progress percent={x.progress} status={x.status} />
			</span>
			<span role="cell" className={styles.start}>
				{x.startedAt === null ? <Nothing>{t('exec.notStarted')}</Nothing> : <Moment at={x.startedAt} />}
			</span>
			<span role="cell" className={styles.time}>
				<RunTime execution={x} />
			</span>
			<span role="cell" className={styles.priority}>
				<PriorityMark priority={x.priority} />
			</span>
		</div>
	);
});

function StepCell({ execution: x }: { readonly execution: Execution }) {
	const { t } = useSpeech();
	const names = currentSteps(x, t);
	const place = planPlace(x, t);
	const shown = names ?? (x.status === 'failed' ? x.error : null);
	return (
		<span role="cell" className={styles.step} title={shown ?? undefined}>
			<span data-testid="current-step" className={styles.stepName}>
				{names ?? (x.error === null && <Nothing>{t('exec.noCurrentStep')}</Nothing>)}
			</span>
			{x.error !== null && names === null && <span className={styles.error}>{x.error}</span>}
			{names !== null && place !== null && <span className={styles.stepOf}>{place}</span>}
		</span>
	);
}

/** How long it took, or has taken so far. */
function RunTime({ execution: x }: { readonly execution: Execution }) {
	const { format } = useSpeech();
	const open = x.status === 'running' || x.status === 'waiting';
	if (open && x.startedAt !== null) return <Elapsed since={x.startedAt} />;
	if (open || x.durationMs === null || x.startedAt === null) return <Nothing />;
	return format.duration(x.durationMs);
}

/** A dash for the eye, and words where there are any. */
function Nothing({ children }: { readonly children?: string }) {
	return (
		<span className={styles.nothing}>
			<span aria-hidden="true">–</span>
			{children !== undefined && <span className="visually-hidden">{children}</span>}
		</span>
	);
}
