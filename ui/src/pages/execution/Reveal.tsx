import { Eye, EyeOff } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type Revealed, revealStep } from '../../api/reveal';
import { ActionButton } from '../../app/ActionButton';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Failure } from '../../forms/Outcome';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './Reveal.module.css';

/** As the server has it, in characters. */
const REASON_MIN = 3;
const REASON_MAX = 500;

/** Data in clear, until they expire. */
export function useRevealed(): [Revealed | null, (revealed: Revealed | null) => void] {
	const { clock } = useServices();
	const [revealed, setRevealed] = useState<Revealed | null>(null);
	useEffect(() => {
		if (revealed === null) return;
		const timer = setTimeout(() => setRevealed(null), Math.max(0, revealed.expiresAt - clock.now()));
		return () => clearTimeout(timer);
	}, [revealed, clock]);
	return [revealed, setRevealed];
}

interface RevealProps {
	readonly executionId: string;
	readonly stepId: string;
	readonly revealed: Revealed | null;
	readonly onReveal: (revealed: Revealed | null) => void;
}

/** Shows a step's data in clear to those with the right, who say why: the reason is kept in the audit. */
export function Reveal({ executionId, stepId, revealed, onReveal }: RevealProps) {
	const { t, format } = useSpeech();
	const allowed = useRight('stepData.reveal');
	const [asking, setAsking] = useState(false);
	if (!allowed) return null;
	if (revealed !== null) {
		return (
			<p className={styles.revealed} role="status" data-testid="revealed">
				<Eye size={15} aria-hidden="true" />
				{t('reveal.shown', { time: format.time(revealed.expiresAt) })}
				<button type="button" className={controls.button} onClick={() => onReveal(null)}>
					<EyeOff size={15} aria-hidden="true" />
					{t('reveal.hide')}
				</button>
			</p>
		);
	}
	if (!asking) {
		return (
			<button type="button" className={controls.button} data-testid="reveal" onClick={() => setAsking(true)}>
				<Eye size={15} aria-hidden="true" />
				{t('reveal.open')}
			</button>
		);
	}
	const done = (shown: Revealed | null) => {
		setAsking(false);
		if (shown !== null) onReveal(shown);
	};
	return <Reason executionId={executionId} stepId={stepId} onDone={done} />;
}

interface ReasonProps {
	readonly executionId: string;
	readonly stepId: string;
	readonly onDone: (revealed: Revealed | null) => void;
}

function Reason({ executionId, stepId, onDone }: ReasonProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const field = useRef<HTMLInputElement>(null);
	const id = useId();
	useEffect(() => field.current?.focus(), []);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		const reason = field.current?.value.trim() ?? '';
		void send(async () => onDone(await revealStep(http, executionId, stepId, reason)));
	};
	return (
		<form className={styles.reason} data-testid="reveal-form" onSubmit={submit}>
			<label htmlFor={id}>{t('reveal.reason')}</label>
			<input
				ref={field}
				id={id}
				name="reason"
				className={controls.input}
				required
				minLength={REASON_MIN}
				maxLength={REASON_MAX}
				aria-describedby={`${id}-hint`}
			/>
			<p id={`${id}-hint`} className={styles.hint}>
				{t('reveal.hint')}
			</p>
			<div className={styles.actions}>
				<ActionButton type="submit" className={`${controls.button} ${controls.primary}`} working={working}>
					{t('reveal.do')}
				</ActionButton>
				<button type="button" className={controls.button} disabled={working} onClick={() => onDone(null)}>
					{t('act.cancel')}
				</button>
			</div>
			<Failure error={error} />
		</form>
	);
}
