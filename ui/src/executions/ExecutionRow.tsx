import { memo } from 'react';
import { Link } from 'wouter';
import type { Execution } from '../api/execution';
import { currentSteps, planPlace } from '../app/currentstep';
import { Elapsed } from '../app/Elapsed';
import { Moment } from '../design/Moment';
import { PriorityMark } from '../design/Priority';
import { Progress } from '../design/Progress';
import { StatusBadge } from '../design/Status';
import { useSpeech } from '../i18n/language';
import type { Rows } from '../live/rows';
import type { Column } from '../url/columns';

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
	readonly columns: readonly Column[];
}

/** One execution in the list. It listens to its own state only. */
export const ExecutionRow = memo(function ExecutionRow({ rows, id, index, top, height, from, columns }: ExecutionRowProps) {
	const x = useRow(rows, id);
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
			{columns.map((column) => (
				<Cell key={column} column={column} execution={x} from={from} />
			))}
		</div>
	);
});

interface CellProps {
	readonly column: Column;
	readonly execution: Execution;
	readonly from: string;
}

function Cell({ column, execution: x, from }: CellProps) {
	if (column === 'workflow') return <WorkflowCell execution={x} from={from} />;
	if (column === 'step') return <StepCell execution={x} />;
	return (
		<span role="cell" className={styles[column]} title={column === 'client' ? (x.client ?? undefined) : undefined}>
			<Value column={column} execution={x} />
		</span>
	);
}

function Value({
	column,
	execution: x,
}: {
	readonly column: Exclude<Column, 'workflow' | 'step'>;
	readonly execution: Execution;
}) {
	const { t } = useSpeech();
	switch (column) {
		case 'status':
			return <StatusBadge status={x.status} />;
		case 'client':
			return x.client ?? <Nothing />;
		case 'progress':
			return <Progress percent={x.progress} status={x.status} />;
		case 'start':
			return x.startedAt === null ? <Nothing>{t('exec.notStarted')}</Nothing> : <Moment at={x.startedAt} />;
		case 'time':
			return <RunTime execution={x} />;
		case 'priority':
			return <PriorityMark priority={x.priority} />;
	}
}

function WorkflowCell({ execution: x, from }: { readonly execution: Execution; readonly from: string }) {
	return (
		<span role="cell" className={styles.workflow} title={`${x.workflowName} · ${x.id}`}>
			<Link className={styles.link} href={`/executions/${encodeURIComponent(x.id)}`} state={{ from }}>
				{x.workflowName}
			</Link>
			<span className={styles.id}>{x.id}</span>
		</span>
	);
}

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
