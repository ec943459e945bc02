import { CircleX } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Attempt, Failure, Payload, Step, StepDetail } from '../../api/execution';
import { fetchStep } from '../../api/executions';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import { Moment } from '../../design/Moment';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { TextBox } from '../../design/TextBox';
import { useSpeech } from '../../i18n/language';
import { Fetched } from '../../live/fetched';
import { PayloadBox } from './PayloadBox';
import { Reveal, useRevealed } from './Reveal';
import styles from './StepDetails.module.css';
import { stepJson } from './stepjson';

interface StepDetailsProps {
	readonly executionId: string;
	readonly step: Step;
	readonly revision: number;
}

/** What a step received, produced and used (AC2.2a–d). */
export function StepDetails({ executionId, step, revision }: StepDetailsProps) {
	const { t } = useSpeech();
	const state = useStep(executionId, step, revision);
	const view = useSignal(state.view);
	const [revealed, setRevealed] = useRevealed();
	const detail = view.detail === null || revealed === null ? view.detail : { ...view.detail, ...revealed };
	if (view.phase === 'failed') return <FetchFailure error={view.error} onRetry={() => state.load()} />;
	if (view.phase === 'loading') return <Skeleton label={t('exec.loading')} rows={3} />;
	return (
		<div className={styles.details}>
			{detail?.failure && <FailureBox failure={detail.failure} />}
			<div className={styles.payloads}>
				<PayloadBox testId="step-input" title={t('exec.input')} payload={detail?.input ?? NONE} />
				<PayloadBox testId="step-output" title={t('exec.output')} payload={detail?.output ?? NONE} />
			</div>
			{detail?.revealable && <Reveal executionId={executionId} stepId={step.id} revealed={revealed} onReveal={setRevealed} />}
			<ResourcesBox detail={detail} />
			{detail !== null && detail.attempts.length > 1 && <Attempts attempts={detail.attempts} />}
			{detail !== null && <CopyButton label={t('exec.copy')} text={() => stepJson(executionId, detail)} testId="copy" />}
		</div>
	);
}

const NONE: Payload = { kind: 'none' };

function useStep(executionId: string, step: Step, revision: number): Fetched<StepDetail> {
	const { http } = useServices();
	const state = useMemo(
		() => new Fetched((signal) => fetchStep(http, executionId, step.id, signal)),
		[http, executionId, step.id],
	);
	useEffect(() => {
		state.load();
		return () => state.stop();
	}, [state]);
	// A full answer of the execution may know of a change that no live frame told of.
	const version = `${revision} ${step.status} ${step.attempt} ${step.completedAt}`;
	const seen = useRef(version);
	useEffect(() => {
		if (seen.current === version) return;
		seen.current = version;
		state.refresh();
	}, [state, version]);
	return state;
}

function FailureBox({ failure }: { readonly failure: Failure }) {
	const { t } = useSpeech();
	const code = [failure.type, failure.code].filter((part) => part !== null).join(' · ');
	return (
		<section className={styles.failure}>
			<h3>
				<CircleX size={15} aria-hidden="true" />
				{t('exec.stepError')}
				{code !== '' && <span>{code}</span>}
			</h3>
			<p>{failure.message}</p>
			{failure.stack !== null && (
				<details>
					<summary>{t('exec.stack')}</summary>
					<TextBox label={t('exec.stack')}>{failure.stack}</TextBox>
				</details>
			)}
		</section>
	);
}

function ResourcesBox({ detail }: { readonly detail: StepDetail | null }) {
	const { t, format } = useSpeech();
	const said = (value: number | null | undefined, write: (value: number) => string) =>
		value === null || value === undefined ? <span className={styles.quiet}>{t('exec.noData')}</span> : write(value);
	return (
		<section className={styles.box} data-testid="step-resources">
			<h3>{t('exec.resources')}</h3>
			<dl className={styles.facts}>
				<Fact name={t('exec.duration')}>{said(detail?.durationMs, (ms) => format.duration(ms))}</Fact>
				<Fact name={t('exec.cpu')}>{said(detail?.cpuPercent, (percent) => format.percent(percent))}</Fact>
				<Fact name={t('exec.memory')}>{said(detail?.memoryMb, (mb) => format.megabytes(mb))}</Fact>
				<Fact name={t('exec.inputSize')}>{said(detail?.inputBytes, (bytes) => format.bytes(bytes))}</Fact>
				<Fact name={t('exec.outputSize')}>{said(detail?.outputBytes, (bytes) => format.bytes(bytes))}</Fact>
			</dl>
		</section>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

/** Earlier tries, the latest last. */
function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
	const { t, format } = useSpeech();
	return (
		<section className={styles.box}>
			<h3>{t('exec.attempts')}</h3>
			<ol className={styles.attempts}>
				{attempts.map((attempt) => (
					<li key={attempt.attempt}>
						<strong>{t('exec.attemptN', { n: attempt.attempt })}</strong>
						<span>{t(`step.${attempt.status}`)}</span>
						<span>{attempt.startedAt !== null && <Moment at={attempt.startedAt} />}</span>
						<span>{attempt.durationMs !== null && format.duration(attempt.durationMs)}</span>
						<span className={styles.quiet}>{attempt.error?.message.split('\n', 1)[0]}</span>
					</li>
				))}
			</ol>
		</section>
	);
}
