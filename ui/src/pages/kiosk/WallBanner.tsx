import { OctagonAlert, WifiOff } from 'lucide-react';
import { useLink, useSecond, useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useSpeech } from '../../i18n/language';
import { unattended } from '../../live/alertboard';
import styles from './kiosk.module.css';

/** How long a connection may be missing before that is said, in ms. */
const OFFLINE_AFTER_MS = 1_500;

/** What must be seen from the other end of the room: that the data are old, and alerts that are critical. */
export function WallBanner() {
	const { t, format } = useSpeech();
	const { alerts } = useServices();
	const link = useLink();
	const board = useSignal(alerts.board);
	const offline = useSecond((now) => link.state === 'offline' && now - link.since > OFFLINE_AFTER_MS);
	const critical = [...board.alerts.values()]
		.filter((one) => one.severity === 'critical' && unattended(one))
		.sort((a, b) => b.triggeredAt - a.triggeredAt);
	const newest = critical[0];
	return (
		<div role="alert">
			{offline && (
				<p className={styles.banner} data-testid="kiosk-offline">
					<WifiOff size={28} aria-hidden="true" />
					{t('conn.offlineSince', { time: format.time(link.since) })}{' '}
					{link.dataAt === null ? t('conn.noData') : t('kiosk.dataFrom', { time: format.time(link.dataAt) })}
				</p>
			)}
			{newest !== undefined && (
				<p className={styles.banner} data-testid="kiosk-critical" data-value={critical.length}>
					<OctagonAlert size={28} aria-hidden="true" />
					{newest.message}
					{critical.length > 1 && <span>{t('kiosk.moreCritical', { n: critical.length - 1 })}</span>}
				</p>
			)}
		</div>
	);
}
