import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useSpeech } from '../i18n/language';
import { useCatchUp } from './hooks';
import { useServices } from './services';

/** Alerts are announced at most this often, in ms, and then together. */
const ANNOUNCE_EVERY_MS = 10_000;

/** Keeps the open alerts true on every page, and tells of critical ones: to screen readers, and by an alarm where one is wished for. */
export function AlertWatch() {
	const { t } = useSpeech();
	const { alerts, alarm, connection } = useServices();
	const [, navigate] = useLocation();
	const [announced, setAnnounced] = useState(0);
	const fresh = useRef(0);

	useEffect(() => connection.want({ topic: 'alerts', snapshot: false }), [connection]);
	useEffect(() => alerts.refresh(), [alerts]);
	useCatchUp(() => alerts.refresh());

	useEffect(() => {
		const timer = setInterval(() => {
			setAnnounced(fresh.current);
			fresh.current = 0;
		}, ANNOUNCE_EVERY_MS);
		const stop = alerts.listen((alert, isFresh) => {
			if (!isFresh || alert.severity !== 'critical' || alert.status === 'resolved') return;
			fresh.current += 1;
			alarm.ring(alert, t('alarm.title', { name: alert.ruleName }), () => navigate(`/alerts/${encodeURIComponent(alert.id)}`));
		});
		return () => {
			clearInterval(timer);
			stop();
		};
	}, [alerts, alarm, navigate, t]);

	return (
		<div className="visually-hidden" role="status">
			{announced > 0 && t('alarm.announced', { n: announced })}
		</div>
	);
}
