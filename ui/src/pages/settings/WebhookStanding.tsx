import { CircleCheck, CircleX, Clock, Pause, RotateCw } from 'lucide-react';
import type { Webhook } from '../../api/webhooks';
import { Moment } from '../../design/Moment';
import { Reason } from '../../design/Reason';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

const MARKS = {
	ok: [CircleCheck, 'good', 'hooks.ok'],
	retrying: [RotateCw, 'warning', 'delivery.retrying'],
	unreachable: [CircleX, 'bad', 'hooks.unreachable'],
	misconfigured: [CircleX, 'bad', 'hooks.misconfigured'],
	secret_missing: [CircleX, 'bad', 'hooks.secret_missing'],
	refused: [CircleX, 'bad', 'hooks.refusing'],
	off: [Pause, undefined, 'hooks.off'],
} as const;

/** How it goes with telling a program: in a word, how much waits, and why it does. */
export function StandingLine({ webhook }: { readonly webhook: Webhook }) {
	const { t } = useSpeech();
	const { state, waiting, since, retryAt, error } = webhook.standing;
	const [Icon, kind, words] = MARKS[state];
	return (
		<div className={styles.main} data-testid="webhook-standing" data-state={state} data-waiting={waiting}>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={kind}>
					<Icon size={13} aria-hidden="true" />
					{t(wordsOf(webhook) ?? words)}
				</span>
				{waiting > 0 && (
					<span className={styles.badge}>
						<Clock size={13} aria-hidden="true" />
						{t('hooks.waiting', { n: waiting })}
					</span>
				)}
			</span>
			{(error !== '' || since !== null) && (
				<span className={styles.muted}>
					{error !== '' && <Reason text={error} />}
					{since !== null && (
						<>
							{error === '' ? '' : ' · '}
							{t('wf.since')} <Moment at={since} />
						</>
					)}
				</span>
			)}
			{retryAt !== null && (
				<span className={styles.muted}>
					{t('deliveries.next')} <Moment at={retryAt} />
				</span>
			)}
		</div>
	);
}

/** What is to be said instead: the receiver ended it; or its last message failed, and none waits to be tried again. */
function wordsOf({ standing: { state, error, waiting } }: Webhook) {
	if (state === 'off' && error !== '') return 'hooks.stoppedItself';
	return state === 'retrying' && waiting === 0 ? 'hooks.failed' : null;
}
