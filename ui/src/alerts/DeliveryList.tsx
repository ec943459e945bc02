import { Ban, CircleCheck, CircleX, Clock, type LucideIcon, RotateCw, Send } from 'lucide-react';
import { Link } from 'wouter';
import { type Delivery, type DeliveryStatus, resendDelivery } from '../api/deliveries';
import { ActionButton } from '../app/ActionButton';
import { useRight, useSignal } from '../app/hooks';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { Moment } from '../design/Moment';
import { Reason } from '../design/Reason';
import { Failure } from '../forms/Outcome';
import { useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import styles from './alerts.module.css';

const ICONS: Readonly<Record<DeliveryStatus, LucideIcon>> = {
	queued: Clock,
	sending: Send,
	delivered: CircleCheck,
	retrying: RotateCw,
	dead: CircleX,
	superseded: Ban,
};

interface DeliveryListProps {
	readonly deliveries: readonly Delivery[];
	readonly onChanged: () => void;
	/** Each names the alert that it is about. */
	readonly withAlert?: boolean;
}

/** Messages: by which channel to whom, how far they are, what went wrong; one that was given up can be sent again. */
export function DeliveryList({ deliveries, onChanged, withAlert = false }: DeliveryListProps) {
	const { t } = useSpeech();
	if (deliveries.length === 0) return <p className={styles.muted}>{t('deliveries.none')}</p>;
	return (
		<ul className={styles.deliveries}>
			{deliveries.map((one) => (
				<DeliveryRow key={one.id} delivery={one} withAlert={withAlert} onChanged={onChanged} />
			))}
		</ul>
	);
}

interface DeliveryRowProps {
	readonly delivery: Delivery;
	readonly withAlert: boolean;
	readonly onChanged: () => void;
}

function DeliveryRow({ delivery, withAlert, onChanged }: DeliveryRowProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const may = useRight('alerts.manage');
	const { working, error, send } = useSending();
	const Icon = ICONS[delivery.status];
	return (
		<li
			className={styles.delivery}
			data-testid="delivery"
			data-delivery-id={delivery.id}
			data-status={delivery.status}
			data-channel={delivery.channel}
		>
			<span className={styles.sent} data-status={delivery.status}>
				<Icon size={15} strokeWidth={2.25} aria-hidden="true" />
				{t(`delivery.${delivery.status}`)}
			</span>
			<div>
				<p>
					<b>{t(`chan.${delivery.channel}`)}</b> <Target delivery={delivery} />
				</p>
				<p className={styles.place}>
					<span>{t(`transition.${delivery.transition}`)}</span>
					{delivery.at !== null && <Moment at={delivery.at} />}
					{delivery.attempts > 1 && <span>{t('deliveries.attempts', { n: delivery.attempts })}</span>}
					{delivery.digest && <span>{t('deliveries.digest')}</span>}
					{delivery.fallback && <span>{t('deliveries.fallback')}</span>}
					{delivery.notBefore !== null && (
						<span>
							{t('deliveries.next')} <Moment at={delivery.notBefore} />
						</span>
					)}
					{withAlert && !delivery.alertId.startsWith('test-') && (
						<Link href={`/alerts/${encodeURIComponent(delivery.alertId)}`}>{t('deliveries.alert')}</Link>
					)}
				</p>
				{delivery.error !== null && (
					<p className={styles.error}>
						<Reason text={delivery.error} />
					</p>
				)}
				<Failure error={error} />
			</div>
			{may && delivery.status === 'dead' && (
				<ActionButton
					className={controls.button}
					data-testid="delivery-resend"
					working={working}
					onClick={async () => {
						if (await send(() => resendDelivery(http, delivery.id))) onChanged();
					}}
				>
					<RotateCw size={15} aria-hidden="true" />
					{t('deliveries.resend')}
				</ActionButton>
			)}
		</li>
	);
}

/** To whom a message goes. Of people in the application only the viewer's name is known; others are told apart by the end of their id. */
function Target({ delivery }: { readonly delivery: Delivery }) {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	const user = /^user:(.+)$/.exec(delivery.target)?.[1];
	if (user === undefined) return delivery.target;
	return user === viewer?.id ? viewer.name : t('deliveries.user', { id: user.slice(-4) });
}
