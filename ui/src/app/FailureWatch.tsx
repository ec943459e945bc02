import { useEffect, useRef, useState } from 'react';
import { useSpeech } from '../i18n/language';
import { useLink, useSignal } from './hooks';
import { useServices } from './services';

/** Failures are announced at most this often, in ms, and then together. */
const ANNOUNCE_EVERY_MS = 10_000;
/** Most failures remembered, so that none is counted twice. */
const SEEN_MAX = 2_000;

/** Tells of failures those who cannot see the list: screen readers by a live region, other windows by the icon. */
export function FailureWatch() {
	const { t } = useSpeech();
	const { feed, alerts } = useServices();
	const trouble = useSignal(alerts.trouble);
	const { state } = useLink();
	const offlineIcon = useOfflineIcon();
	const [announced, setAnnounced] = useState(0);
	const [unseen, setUnseen] = useState(0);
	const fresh = useRef(0);

	useEffect(() => {
		const seen = new Set<string>();
		const forgetFresh = setInterval(() => {
			setAnnounced(fresh.current);
			fresh.current = 0;
		}, ANNOUNCE_EVERY_MS);
		const stop = feed.listen(({ executions }) => {
			const failed = executions.filter((one) => one.status === 'failed' && !seen.has(one.id));
			for (const one of failed) seen.add(one.id);
			if (seen.size > SEEN_MAX) seen.clear();
			fresh.current += failed.length;
			if (document.hidden) setUnseen((n) => n + failed.length);
		});
		const look = () => {
			if (!document.hidden) setUnseen(0);
		};
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(forgetFresh);
			stop();
			document.removeEventListener('visibilitychange', look);
		};
	}, [feed]);

	useEffect(() => {
		const away = state === 'offline' ? offlineIcon : null;
		const icon = away ?? (unseen > 0 || trouble > 0 ? '/favicon-failed.svg' : '/favicon.svg');
		document.getElementById('favicon')?.setAttribute('href', icon);
	}, [state, offlineIcon, unseen, trouble]);

	return (
		<div className="visually-hidden" role="log" aria-live="polite">
			{announced > 0 && t('app.newFailures', { n: announced })}
		</div>
	);
}

/** The icon for when there is no server, fetched while there is one; null before. */
function useOfflineIcon(): string | null {
	const { http } = useServices();
	const [icon, setIcon] = useState<string | null>(null);
	useEffect(() => {
		const keep = (drawing: string) => setIcon(`data:image/svg+xml,${encodeURIComponent(drawing)}`);
		http.getText('/favicon-offline.svg').then(keep, () => {}); // without it the icon stays as it was
	}, [http]);
	return icon;
}
