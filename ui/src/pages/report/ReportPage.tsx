import { CircleCheck, CircleX, Hourglass, Printer, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { fetchMorningReport, type MorningReport, type ReportedDeadline, type ReportedRun } from '../../api/report';
import { useSignal, useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import sections from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import styles from './report.module.css';

const EVERY_MS = 60_000;
/** The period of what is not repeated. */
const ONCE = 'once';

/** The morning's report: what happened in the night and what is due, also on paper. */
export default function ReportPage() {
	const { t } = useSpeech();
	const { http } = useServices();
	useTitle(t('nav.report'));
	const { data, error, refetch } = useLiveQuery({
		key: ['report'],
		fetch: (signal) => fetchMorningReport(http, signal),
		everyMs: EVERY_MS,
	});
	return (
		<main id="content" tabIndex={-1} data-page="report" className={sections.page}>
			<header className={styles.head}>
				<h1>{t('nav.report')}</h1>
				<button type="button" className={`${controls.button} ${styles.screenOnly}`} onClick={() => window.print()}>
					<Printer size={16} aria-hidden="true" />
					{t('report.print')}
				</button>
			</header>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('report.loading')} rows={6} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<>
					{error !== null && <p className={styles.stale}>{t('state.stale')}</p>}
					<Report report={data} />
				</>
			)}
			<p className={styles.note}>{t('report.absent')}</p>
		</main>
	);
}

function Report({ report }: { readonly report: MorningReport }) {
	const { t, format } = useSpeech();
	const state = useSignal(useServices().session.state);
	const office = state.phase === 'in' ? (state.viewer?.organization ?? '') : '';
	return (
		<>
			<p className={styles.night}>
				{office !== '' && <b>{office}. </b>}
				{t('report.night', { from: format.dateTime(report.from), to: format.dateTime(report.to) })}
			</p>
			<Part
				name="failed"
				icon={report.failedTotal === 0 ? 'good' : 'bad'}
				title={t('report.failed')}
				total={report.failedTotal}
				none={t('report.noneFailed')}
			>
				<Runs kind="failed" runs={report.failed} />
				<More shown={report.failed.length} total={report.failedTotal} href="/executions?status=failed" />
			</Part>
			<Part
				name="waiting"
				icon={report.waitingTotal === 0 ? 'good' : 'waiting'}
				title={t('report.waiting')}
				total={report.waitingTotal}
				none={t('report.noneWaiting')}
			>
				<Runs kind="waiting" runs={report.waiting} />
				<More shown={report.waiting.length} total={report.waitingTotal} href="/executions?status=waiting" />
			</Part>
			<Part
				name="due"
				icon={report.due.length === 0 ? 'good' : 'warning'}
				title={t('report.due')}
				total={report.due.length}
				none={t('report.noneDue')}
			>
				<ul className={styles.rows}>
					{report.due.map((one) => (
						<Due key={`${one.name} ${one.period} ${one.due}`} deadline={one} />
					))}
				</ul>
			</Part>
			<System report={report} />
		</>
	);
}

const ICONS = { good: CircleCheck, bad: CircleX, waiting: Hourglass, warning: TriangleAlert } as const;

interface PartProps {
	readonly name: string;
	readonly icon: keyof typeof ICONS;
	readonly title: string;
	readonly total: number;
	/** What is said when there is nothing. */
	readonly none: string;
	readonly children: ReactNode;
}

function Part({ name, icon, title, total, none, children }: PartProps) {
	const { format } = useSpeech();
	const Icon = ICONS[icon];
	return (
		<section className={styles.part} aria-labelledby={`report-${name}`} data-testid={`report-${name}`} data-value={total}>
			<h2 id={`report-${name}`} data-kind={icon}>
				<Icon size={18} aria-hidden="true" />
				{title} <span className={styles.count}>{format.number(total)}</span>
			</h2>
			{total === 0 ? <p className={styles.muted}>{none}</p> : children}
		</section>
	);
}

function Runs({ kind, runs }: { readonly kind: 'failed' | 'waiting'; readonly runs: readonly ReportedRun[] }) {
	const { t, format } = useSpeech();
	return (
		<ul className={styles.rows}>
			{runs.map((run) => (
				<li key={run.executionId} className={styles.row} data-testid="report-run" data-execution-id={run.executionId}>
					<p className={styles.what}>
						<Link href={`/executions/${encodeURIComponent(run.executionId)}`}>{run.workflowName}</Link>
						<span className={styles.id}>{run.executionId}</span>
						{run.client !== null && <span>{t('report.client', { client: run.client })}</span>}
					</p>
					<p className={styles.when}>
						{run.at !== null && t(kind === 'failed' ? 'report.failedAt' : 'report.waitingSince', { at: format.dateTime(run.at) })}
					</p>
					{(run.step !== null || run.error !== null) && (
						<p className={styles.why}>
							{run.step !== null && <b>{run.step}</b>}
							{run.step !== null && run.error !== null && ' – '}
							{run.error}
						</p>
					)}
				</li>
			))}
		</ul>
	);
}

function More({ shown, total, href }: { readonly shown: number; readonly total: number; readonly href: string }) {
	const { t } = useSpeech();
	if (total <= shown) return null;
	return <Link href={href}>{t('report.more', { n: total - shown })}</Link>;
}

function Due({ deadline }: { readonly deadline: ReportedDeadline }) {
	const { t } = useSpeech();
	const left = deadline.businessDaysLeft;
	const said = left < 0 ? t('report.overdue') : left === 0 ? t('report.today') : t('report.daysLeft', { n: left });
	return (
		<li className={styles.row} data-testid="report-deadline" data-due={deadline.due}>
			<p className={styles.what}>
				<Link href={`/deadlines?month=${deadline.due.slice(0, 7)}`}>{deadline.name}</Link>
				{deadline.period !== ONCE && <span>{deadline.period}</span>}
			</p>
			<p className={styles.when}>
				<time dateTime={deadline.due}>{deadline.due.split('-').reverse().join('.')}</time>, <b>{said}</b>
			</p>
			{!deadline.confirmed && <p className={styles.why}>{t('report.unconfirmed')}</p>}
		</li>
	);
}

/** Whether the monitor itself is well: alerts that are open, and the age of the backup. */
function System({ report }: { readonly report: MorningReport }) {
	const { t, format } = useSpeech();
	const { openAlerts, backupAt, backupProblem, to } = report;
	const well = backupAt !== null && backupProblem === '' && openAlerts === 0;
	const Icon = well ? CircleCheck : TriangleAlert;
	return (
		<section className={styles.part} aria-labelledby="report-system" data-testid="report-system">
			<h2 id="report-system" data-kind={well ? 'good' : 'warning'}>
				<Icon size={18} aria-hidden="true" />
				{t('report.system')}
			</h2>
			<ul className={styles.facts}>
				<li>{openAlerts === 0 ? t('report.noAlerts') : <Link href="/alerts">{t('report.alerts', { n: openAlerts })}</Link>}</li>
				<li data-testid="report-backup" data-at={backupAt === null ? '' : new Date(backupAt).toISOString()}>
					{backupAt === null
						? t('report.noBackup')
						: t('report.backup', { age: format.elapsed(to - backupAt), at: format.dateTime(backupAt) })}
				</li>
				{backupProblem !== '' && <li className={styles.bad}>{t('report.backupProblem', { why: backupProblem })}</li>}
			</ul>
		</section>
	);
}
