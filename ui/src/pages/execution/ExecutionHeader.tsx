import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Execution, ExecutionDetail } from '../../api/execution';
import { currentSteps, planPlace } from '../../app/currentstep';
import { Elapsed } from '../../app/Elapsed';
import { CopyButton } from '../../design/CopyButton';
import { Moment } from '../../design/Moment';
import { PriorityMark } from '../../design/Priority';
import { Progress } from '../../design/Progress';
import { StatusBadge } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import styles from './ExecutionHeader.module.css';
import { HeaderActions } from './HeaderActions';

interface ExecutionHeaderProps {
	readonly detail: ExecutionDetail;
	readonly onChange: () => void;
}

/** What an execution is and how far it has come. */
export function ExecutionHeader({ detail, onChange }: ExecutionHeaderProps) {
	const { t } = useSpeech();
	const x = detail.execution;
	return (
		<header className={styles.header} data-testid="execution-header" data-status={x.status} data-progress={x.progress}>
			<div className={styles.title}>
				<h1>{x.workflowName}</h1>
				<StatusBadge status={x.status} large />
				{detail.timedOut && <span className={styles.timedOut}>{t('status.timedOut')}</span>}
				<span className={styles.id}>
					<span className="visually-hidden">{t('exec.id')}: </span>
					{x.id}
					<CopyButton small label={t('exec.copyId')} text={() => x.id} />
				</span>
			</div>
			<ProgressLine execution={x} />
			<dl className={styles.facts}>
				<Fact name={t('exec.client')}>{x.client}</Fact>
				<Fact name={t('exec.started')}>{x.startedAt === null ? t('exec.notStarted') : <Moment at={x.startedAt} />}</Fact>
				<Fact name={t('exec.finished')}>{x.completedAt !== null && <Moment at={x.completedAt} />}</Fact>
				<RunTime detail={detail} />
				<Fact name={t('exec.retryOf')}>
					{detail.retryOf !== null && (
						<Link data-testid="retry-of" href={`/executions/${encodeURIComponent(detail.retryOf)}`}>
							{detail.retryOf}
						</Link>
					)}
				</Fact>
				<Fact name={t('exec.priority')}>
					<PriorityMark priority={x.priority} />
				</Fact>
			</dl>
			<HeaderActions detail={detail} onChange={onChange} />
			{x.error !== null && (
				<p className={styles.error}>
					<CircleX size={16} aria-hidden="true" />
					<span>
						<strong>{t('exec.error')}:</strong> {x.error}
					</span>
				</p>
			)}
		</header>
	);
}

function ProgressLine({ execution: x }: { readonly execution: Execution }) {
	const { t } = useSpeech();
	const names = currentSteps(x, t);
	const place = planPlace(x, t);
	return (
		<div className={styles.progress}>
			<Progress percent={x.progress} status={x.status} thick />
			<p>
				<span className={styles.label}>{t('exec.currentStep')}: </span>
				<span data-testid="current-step" className={names === null ? styles.quiet : styles.step}>
					{names ?? t('exec.noCurrentStep')}
				</span>
				{place !== null && <span className={styles.quiet}> · {place}</span>}
			</p>
		</div>
	);
}

/** How long it took or has taken so far, and what is usual, as far as that is known. */
function RunTime({ detail }: { readonly detail: ExecutionDetail }) {
	const { t, format } = useSpeech();
	const { status, startedAt, durationMs } = detail.execution;
	const open = status === 'running' || status === 'waiting';
	const usual = detail.averageMs !== null && (
		<span className={styles.quiet}> · {t('exec.usual', { time: format.duration(detail.averageMs) })}</span>
	);
	if (open && startedAt !== null) {
		return (
			<>
				<Fact name={t('exec.elapsed')}>
					<Elapsed since={startedAt} />
					{usual}
				</Fact>
				<Fact name={t('exec.eta')}>{detail.etaMs !== null && detail.etaMs > 0 && format.elapsed(detail.etaMs)}</Fact>
			</>
		);
	}
	if (startedAt === null || durationMs === null || open) return null;
	return (
		<Fact name={t('exec.duration')}>
			{format.duration(durationMs)}
			{usual}
		</Fact>
	);
}

/** A named value; left out where there is none. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	if (children === null || children === false || children === '') return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}
