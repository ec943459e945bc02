import { ListX } from 'lucide-react';
import { useState } from 'react';
import type { Step } from '../../api/execution';
import controls from '../../design/controls.module.css';
import { Notice } from '../../design/Notice';
import { useSpeech } from '../../i18n/language';
import styles from './StepList.module.css';
import { StepRow } from './StepRow';

/** How many steps are drawn at first, and with every further click. */
const STEPS_AT_ONCE = 500;

interface StepListProps {
	readonly executionId: string;
	readonly steps: readonly Step[];
	readonly revisions: Readonly<Record<string, number>>;
	/** The opened step's id. */
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

/** All steps in the order of the plan, also those that have not begun (AC2.1a). One of them may be open. */
export function StepList({ executionId, steps, revisions, opened, onOpen }: StepListProps) {
	const { t } = useSpeech();
	const [limit, setLimit] = useState(STEPS_AT_ONCE);
	const at = opened === null ? -1 : steps.findIndex((step) => step.id === opened);
	const shown = steps.slice(0, Math.max(limit, at + 1));
	const more = Math.min(steps.length - shown.length, STEPS_AT_ONCE);
	return (
		<section className={styles.steps} aria-label={t('exec.stepsTitle')}>
			<header className={styles.head}>
				<h2>{t('exec.stepsTitle')}</h2>
				{steps.length > 0 && <span>{t('exec.steps', { n: steps.length })}</span>}
			</header>
			{steps.length === 0 && (
				<Notice icon={ListX} title={t('exec.noSteps')}>
					{t('exec.noStepsHint')}
				</Notice>
			)}
			<ol>
				{shown.map((step) => (
					<StepRow
						key={step.id}
						executionId={executionId}
						step={step}
						revision={revisions[step.id] ?? 0}
						open={step.id === opened}
						onOpen={onOpen}
					/>
				))}
			</ol>
			{more > 0 && (
				<div className={styles.more}>
					<button type="button" className={controls.button} onClick={() => setLimit(shown.length + STEPS_AT_ONCE)}>
						{t('exec.moreSteps', { n: more })}
					</button>
				</div>
			)}
		</section>
	);
}
