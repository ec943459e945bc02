import { History } from 'lucide-react';
import { useState } from 'react';
import styles from '../../alerts/alerts.module.css';
import { ApiError } from '../../api/http';
import { type Backtest as Answer, backtestRule, type RuleChange } from '../../api/rules';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Failure } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';

const DAYS = 30;
const DAY_MS = 86_400_000;
/** Times that are written out; the strip shows all. */
const TIMES_MAX = 12;

interface Tried {
	readonly answer: Answer;
	readonly start: number;
	readonly end: number;
	/** What was tried: another rule needs another try. */
	readonly what: string;
}

/** How often a rule would have spoken in the last days, on request. */
export function Backtest({ rule }: { readonly rule: RuleChange }) {
	const { t, format } = useSpeech();
	const { http, clock } = useServices();
	const { working, error, send } = useSending();
	const [tried, setTried] = useState<Tried | null>(null);
	const what = JSON.stringify([rule.alertType, rule.workflowId, rule.conditions, rule.cooldownMinutes]);
	const look = () =>
		send(async () => {
			const end = clock.now();
			const start = end - DAYS * DAY_MS;
			// The channels are not tried, and need not be right yet.
			const trial = { ...rule, notificationChannels: [{ type: 'in_app', config: {} } as const] };
			setTried({ answer: await backtestRule(http, trial, start, end), start, end, what });
		});
	const shown = tried !== null && tried.what === what && error === null ? tried : null;
	const invalid = error instanceof ApiError && error.status === 422;
	return (
		<section className={styles.backtest} aria-label={t('backtest.title')}>
			<div className={parts.actions}>
				<button type="button" className={controls.button} data-testid="backtest" disabled={working} onClick={() => void look()}>
					<History size={15} aria-hidden="true" />
					{t(working ? 'backtest.working' : 'backtest.try', { n: DAYS })}
				</button>
			</div>
			<div role="status">
				{shown !== null && (
					<div className={styles.tried} data-testid="backtest-result" data-value={shown.answer.times.length}>
						<p>
							<b>{t('backtest.would', { n: shown.answer.times.length, days: DAYS })}</b>{' '}
							<span className={styles.muted}>
								{t(shown.answer.capped ? 'backtest.runsCapped' : 'backtest.runs', { n: shown.answer.runs })}
							</span>
						</p>
						<Strip tried={shown} />
						{shown.answer.times.length > 0 && (
							<ul className={styles.times}>
								{shown.answer.times
									.slice(-TIMES_MAX)
									.reverse()
									.map((at) => (
										<li key={at}>{format.dateTime(at)}</li>
									))}
								{shown.answer.times.length > TIMES_MAX && <li>{t('exec.more', { n: shown.answer.times.length - TIMES_MAX })}</li>}
							</ul>
						)}
					</div>
				)}
			</div>
			{invalid ? <p className={parts.error}>{t('backtest.incomplete')}</p> : <Failure error={error} />}
		</section>
	);
}

/** The days as a line, with a mark for each time; the times stand below as text. */
function Strip({ tried: { answer, start, end } }: { readonly tried: Tried }) {
	const { format } = useSpeech();
	return (
		<div className={styles.strip}>
			<svg viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
				<line x1="0" y1="12" x2="1000" y2="12" className={styles.stripLine} />
				{answer.times.map((at) => {
					const x = ((at - start) / (end - start)) * 1000;
					return <line key={at} x1={x} y1="2" x2={x} y2="22" className={styles.stripMark} />;
				})}
			</svg>
			<span>{format.date(start)}</span>
			<span>{format.date(end)}</span>
		</div>
	);
}
