import type { Execution } from '../api/execution';
import type { Translate } from '../i18n/translate';

/** Most parallel steps that are named. */
const NAMED_MAX = 2;

/** The steps that run now in one line, null when none does. */
export function currentSteps(x: Execution, t: Translate): string | null {
	const names = x.currentSteps.length > 0 ? x.currentSteps : x.currentStep === null ? [] : [x.currentStep];
	if (names.length === 0) return null;
	if (names.length <= NAMED_MAX) return names.join(', ');
	return `${names.slice(0, NAMED_MAX).join(', ')} ${t('exec.more', { n: names.length - NAMED_MAX })}`;
}

/** How far it is in its plan: which step runs, or how many are done while none does. Null without a plan. */
export function planPlace(x: Execution, t: Translate): string | null {
	if (x.stepsTotal === null || x.stepsTotal === 0 || x.stepsDone === null) return null;
	const running = x.currentStep !== null || x.currentSteps.length > 0;
	if (!running) return t('exec.stepsDone', { done: x.stepsDone, n: x.stepsTotal });
	return t('exec.stepOf', { done: Math.min(x.stepsDone + 1, x.stepsTotal), total: x.stepsTotal });
}
