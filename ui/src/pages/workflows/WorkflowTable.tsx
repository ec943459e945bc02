import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { RunNumbers, Workflow } from '../../api/workflows';
import { TickStrip } from '../../charts/TickStrip';
import { written } from '../../charts/unit';
import { HealthBadge } from '../../design/Health';
import { Moment } from '../../design/Moment';
import { StatusIcon } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import { slowdown } from '../../live/workfloworder';
import type { WorkflowSort } from '../../url/workflowlist';
import styles from './WorkflowsPage.module.css';

const COLUMNS = [
	{ key: 'name', sort: 'name' },
	{ key: 'health', sort: 'health' },
	{ key: 'results', sort: null },
	{ key: 'now', sort: null },
	{ key: 'today', sort: 'failedToday' },
	{ key: 'rate', sort: 'successRate' },
	{ key: 'p95', sort: 'p95' },
	{ key: 'last', sort: 'last' },
	{ key: 'next', sort: 'next' },
] as const;

interface WorkflowTableProps {
	readonly workflows: readonly Workflow[];
	readonly sort: WorkflowSort;
	readonly onSort: (sort: WorkflowSort) => void;
}

/** One row a workflow; on a narrow screen one card. */
export function WorkflowTable({ workflows, sort, onSort }: WorkflowTableProps) {
	const { t } = useSpeech();
	return (
		<table className={styles.table}>
			<caption className="visually-hidden">{t('nav.workflows')}</caption>
			<thead>
				<tr>
					{COLUMNS.map((column) => (
						<th
							key={column.key}
							scope="col"
							data-column={column.key}
							aria-sort={column.sort === sort ? (sort === 'name' || sort === 'next' ? 'ascending' : 'descending') : undefined}
						>
							{column.sort === null ? (
								t(`wf.head.${column.key}`)
							) : (
								<button type="button" onClick={() => onSort(column.sort)}>
									{t(`wf.head.${column.key}`)}
									{column.sort === sort && <ArrowDown size={13} aria-hidden="true" />}
								</button>
							)}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{workflows.map((workflow) => (
					<Row key={workflow.id} workflow={workflow} />
				))}
			</tbody>
		</table>
	);
}

const Row = memo(function Row({ workflow }: { readonly workflow: Workflow }) {
	const { t } = useSpeech();
	const { id, name, health, state, results, today, nextRunAt } = workflow;
	return (
		<tr data-testid="workflow-row" data-workflow-id={id} data-health={health}>
			<th scope="row" className={styles.name}>
				<Link href={`/workflows/${encodeURIComponent(id)}`}>{name}</Link>
				{state !== 'active' && <span className={styles.state}>{t(`wf.state.${state}`)}</span>}
			</th>
			<Cell label={t('wf.head.health')}>
				<HealthBadge health={health} />
			</Cell>
			<Cell label={t('wf.head.results')}>
				{results.length === 0 ? <Unknown /> : <TickStrip results={results} label={t('wf.lastResults')} room={20} />}
			</Cell>
			<Cell label={t('wf.head.now')}>
				<Now workflow={workflow} />
			</Cell>
			<Cell label={t('wf.head.today')}>{today === null || today.total === 0 ? <Unknown /> : <Today today={today} />}</Cell>
			<Cell label={t('wf.head.rate')}>
				<Rate workflow={workflow} />
			</Cell>
			<Cell label={t('wf.head.p95')}>
				<P95 workflow={workflow} />
			</Cell>
			<Cell label={t('wf.head.last')}>
				<Last workflow={workflow} />
			</Cell>
			<Cell label={t('wf.head.next')}>
				{nextRunAt === null ? <span className={styles.of}>{t('wf.noSchedule')}</span> : <Moment at={nextRunAt} />}
			</Cell>
		</tr>
	);
});

function Cell({ label, children }: { readonly label: string; readonly children: ReactNode }) {
	return (
		<td>
			<span className={styles.label}>{label}</span>
			<span className={styles.cell}>{children}</span>
		</td>
	);
}

function Unknown() {
	const { t } = useSpeech();
	return <span className={styles.of}>{t('chart.noData')}</span>;
}

/** What runs and waits at this moment. */
function Now({ workflow: { pending, running, waiting } }: { readonly workflow: Workflow }) {
	const { t } = useSpeech();
	const counts = [
		{ status: 'running', n: running },
		{ status: 'waiting', n: waiting },
		{ status: 'pending', n: pending },
	] as const;
	const some = counts.filter(({ n }) => n > 0);
	if (some.length === 0) return <span className={styles.of}>{t('wf.idle')}</span>;
	return some.map(({ status, n }) => (
		<span key={status} className={styles.now} title={t(`status.${status}`)}>
			<StatusIcon status={status} size={14} still />
			{n} <span className="visually-hidden">{t(`status.${status}`)}</span>
		</span>
	));
}

function Today({ today }: { readonly today: RunNumbers }) {
	const { t } = useSpeech();
	return (
		<>
			{t('wf.runs', { n: today.total })}
			{today.failed > 0 && <b className={styles.bad}>{t('wf.failedRuns', { n: today.failed })}</b>}
		</>
	);
}

function Rate({ workflow: { week } }: { readonly workflow: Workflow }) {
	const { t, format } = useSpeech();
	if (week?.successRate == null) return <Unknown />;
	return (
		<>
			{format.percent(week.successRate)} <span className={styles.of}>{t('wf.of', { n: week.completed + week.failed })}</span>
		</>
	);
}

function P95({ workflow }: { readonly workflow: Workflow }) {
	const { t, format } = useSpeech();
	const p95 = workflow.week?.p95 ?? null;
	if (p95 === null) return <Unknown />;
	return (
		<>
			{written(p95, 'ms', format, t)} <Slowdown workflow={workflow} />
		</>
	);
}

/** The newest execution: how it stands, since when, and the way to it. */
function Last({ workflow: { last } }: { readonly workflow: Workflow }) {
	const { t } = useSpeech();
	if (last === null) return <Unknown />;
	return (
		<Link className={styles.last} href={`/executions/${encodeURIComponent(last.id)}`}>
			<StatusIcon status={last.status} size={15} still />
			<span className="visually-hidden">{t(`status.${last.status}`)}</span>
			{last.startedAt === null ? t('wf.notStarted') : <Moment at={last.startedAt} />}
		</Link>
	);
}

/** Below this the last week is as usual, in percent. */
const TOLD_PERCENT = 10;

function Slowdown({ workflow }: { readonly workflow: Workflow }) {
	const { t, format } = useSpeech();
	const percent = slowdown(workflow);
	if (percent === null) return null;
	if (Math.abs(percent) < TOLD_PERCENT) return <span className={styles.of}>{t('wf.asUsual')}</span>;
	const slower = percent > 0;
	const Arrow = slower ? ArrowUp : ArrowDown;
	return (
		<span className={slower && workflow.degraded ? styles.bad : styles.of}>
			<Arrow size={12} strokeWidth={2.5} aria-hidden="true" />
			{t(slower ? 'wf.slower' : 'wf.faster', { by: format.percent(Math.round(Math.abs(percent))) })}
		</span>
	);
}
