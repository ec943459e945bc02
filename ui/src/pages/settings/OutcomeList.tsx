import { CircleCheck, CircleX, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { type HookOutcome, resendToWebhook, type Webhook } from '../../api/webhooks';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Moment } from '../../design/Moment';
import { Reason } from '../../design/Reason';
import { Failure } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { eventInWords } from './webhookwords';

interface OutcomeListProps {
	readonly webhook: Webhook;
	readonly renew: () => Promise<void>;
}

/** What became of the last messages, the newest first; what was refused can be sent again. */
export function OutcomeList({ webhook, renew }: OutcomeListProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const { recent } = webhook.standing;
	const again = async (refusedId: string) => {
		await resendToWebhook(http, webhook.id, refusedId);
		await renew();
	};
	return (
		<section className={styles.stack} aria-labelledby="outcomes">
			<h2 id="outcomes">{t('hooks.outcomes')}</h2>
			<Failure error={error} />
			{recent.length === 0 ? (
				<p className={styles.lead}>{t('deliveries.none')}</p>
			) : (
				<ul className={styles.rows}>
					{recent.map((one) => (
						<OutcomeRow key={one.id} outcome={one}>
							{one.refusedId !== '' && one.status === 'dead' && webhook.active && (
								<ActionButton
									className={controls.button}
									data-testid="webhook-resend"
									working={working}
									onClick={() => void send(() => again(one.refusedId))}
								>
									<RotateCw size={15} aria-hidden="true" />
									{t('deliveries.resend')}
								</ActionButton>
							)}
						</OutcomeRow>
					))}
				</ul>
			)}
		</section>
	);
}

function OutcomeRow({ outcome, children }: { readonly outcome: HookOutcome; readonly children: ReactNode }) {
	const { t } = useSpeech();
	const { at, event, events, status, attempts, error } = outcome;
	const [Icon, kind] =
		status === 'delivered' ? [CircleCheck, 'good'] : status === 'dead' ? [CircleX, 'bad'] : [RotateCw, 'warning'];
	return (
		<li className={`${styles.row} ${styles.record}`} data-testid="webhook-outcome" data-status={status} data-event={event}>
			<span className={styles.muted}>{at !== null && <Moment at={at} />}</span>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={kind}>
					<Icon size={13} aria-hidden="true" />
					{t(`delivery.${status}`)}
				</span>
			</span>
			<div className={styles.bar}>
				<div className={styles.main}>
					<p>
						{eventInWords(event, t)}
						{events > 1 && ` · ${t('hooks.more', { n: events - 1 })}`}
					</p>
					{error !== '' && (
						<p>
							<Reason text={error} />
						</p>
					)}
					{attempts > 1 && <span className={styles.muted}>{t('deliveries.attempts', { n: attempts })}</span>}
				</div>
				{children}
			</div>
		</li>
	);
}
