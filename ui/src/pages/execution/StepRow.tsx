import { ChevronRight } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import type { Step } from '../../api/execution';
import { Elapsed } from '../../app/Elapsed';
import { StepIcon } from '../../design/Status';
import { useSpeech } from '../../i18n/language';
import { StepDetails } from './StepDetails';
import styles from './StepList.module.css';

interface StepRowProps {
	readonly executionId: string;
	readonly step: Step;
	/** Grows when the step's stored details may have changed. */
	readonly revision: number;
	readonly open: boolean;
	readonly onOpen: (stepId: string | null) => void;
}

/** One step, which passes the focus on to its button: shape, name, state in words and time, and below it what it received and produced. */
export const StepRow = memo(function StepRow({ executionId, step, revision, open, onOpen }: StepRowProps) {
	const { t } = useSpeech();
	const item = useRef<HTMLLIElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	const detailsId = `step-${step.id}`;
	const openAtFirst = useRef(open);
	useEffect(() => {
		if (openAtFirst.current) item.current?.scrollIntoView?.({ block: 'nearest' });
	}, []);
	return (
		<li
			ref={item}
			className={styles.step}
			data-testid="step"
			data-step-id={step.id}
			data-status={step.status}
			tabIndex={-1}
			onFocus={(event) => event.target === item.current && button.current?.focus({ preventScroll: true })}
		>
			<button
				ref={button}
				type="button"
				className={styles.row}
				aria-expanded={open}
				aria-controls={open ? detailsId : undefined}
				onClick={() => onOpen(open ? null : step.id)}
			>
				<ChevronRight size={16} className={styles.chevron} aria-hidden="true" />
				<StepIcon status={step.status} />
				<span className={styles.name}>
					<span>{step.name}</span>
					{notes(step, t).map((note) => (
						<span key={note} className={styles.note}>
							{note}
						</span>
					))}
				</span>
				<span className={styles.word}>{t(`step.${step.status}`)}</span>
				<span className={styles.time} data-testid="step-time">
					<StepTime step={step} />
				</span>
				{step.error !== null && (
					<span className={styles.error} data-testid="step-error">
						{step.error}
					</span>
				)}
			</button>
			{open && (
				<div id={detailsId}>
					<StepDetails executionId={executionId} step={step} revision={revision} />
				</div>
			)}
		</li>
	);
});

function notes(step: Step, t: ReturnType<typeof useSpeech>['t']): string[] {
	const said: string[] = [];
	if (step.attempt > 1) said.push(t('exec.attemptN', { n: step.attempt }));
	if (!step.declared) said.push(t('exec.undeclared'));
	if (step.interrupted) said.push(t('exec.interrupted'));
	return said;
}

/** How long it took; while it runs, how long it has taken so far (AC2.1b, AC2.1c). */
function StepTime({ step }: { readonly step: Step }) {
	const { format } = useSpeech();
	if (step.status === 'running' && step.startedAt !== null) return <Elapsed since={step.startedAt} />;
	const ended = step.status === 'completed' || step.status === 'failed' || step.status === 'skipped';
	if (ended && step.durationMs !== null) return format.duration(step.durationMs);
	return <span aria-hidden="true">–</span>;
}
