import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useId } from 'react';
import type { ExecutionDetail, Step } from '../../api/execution';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import styles from './StepData.module.css';
import { StepDetails } from './StepDetails';

/** How many steps before and after the chosen one the list offers. */
const OFFERED = 150;

interface StepDataProps {
	readonly detail: ExecutionDetail;
	readonly revisions: Readonly<Record<string, number>>;
	/** The chosen step's id; null: the one that says most. */
	readonly opened: string | null;
	readonly onOpen: (stepId: string) => void;
}

/** What one step received and produced, and the way to the next. */
export function StepData({ detail, revisions, opened, onOpen }: StepDataProps) {
	const { t } = useSpeech();
	const id = useId();
	const { steps } = detail;
	const at = chosen(steps, opened);
	const step = steps[at];
	if (step === undefined) return null;
	const first = Math.max(0, at - OFFERED);
	const go = (to: number) => {
		const next = steps[to];
		if (next !== undefined) onOpen(next.id);
	};
	return (
		<section className={styles.panel} aria-label={t('payload.ofStep')}>
			<header className={styles.bar}>
				<label htmlFor={id}>{t('payload.step')}</label>
				<select id={id} className={controls.select} value={step.id} onChange={(event) => onOpen(event.target.value)}>
					{steps.slice(first, at + OFFERED + 1).map((one, n) => (
						<option key={one.id} value={one.id}>
							{`${first + n + 1}. ${one.name} – ${t(`step.${one.status}`)}`}
						</option>
					))}
				</select>
				<button type="button" className={controls.button} disabled={at === 0} onClick={() => go(at - 1)}>
					<ChevronLeft size={15} aria-hidden="true" />
					{t('payload.previousStep')}
				</button>
				<button type="button" className={controls.button} disabled={at === steps.length - 1} onClick={() => go(at + 1)}>
					{t('payload.nextStep')}
					<ChevronRight size={15} aria-hidden="true" />
				</button>
			</header>
			<StepDetails key={step.id} executionId={detail.execution.id} step={step} revision={revisions[step.id] ?? 0} />
		</section>
	);
}

/** The step that the address names; else one that failed, or runs, or the last that ended. */
function chosen(steps: readonly Step[], opened: string | null): number {
	const named = steps.findIndex((step) => step.id === opened);
	if (named >= 0) return named;
	for (const status of ['failed', 'running', 'retrying'] as const) {
		const found = steps.findIndex((step) => step.status === status);
		if (found >= 0) return found;
	}
	return Math.max(
		0,
		steps.findLastIndex((step) => step.status === 'completed'),
	);
}
