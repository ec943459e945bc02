import { CirclePause, CirclePlay, Radio, RefreshCw, WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import type { Link } from '../live/connection';
import styles from './ConnectionState.module.css';
import { useCutOff, useLink, useSignal } from './hooks';
import { useServices } from './services';

const ICONS = { live: Radio, replaying: RefreshCw, offline: WifiOff, paused: CirclePause } as const;

/** Says on every page whether what is shown is true now. */
export function ConnectionState() {
	const { t, format } = useSpeech();
	const { feed } = useServices();
	const link = useLink();
	const paused = useSignal(feed.paused) !== null;
	const state = paused && link.state !== 'offline' ? 'paused' : link.state;
	const Icon = ICONS[state];
	return (
		<>
			<button
				type="button"
				className={controls.icon}
				title={t(paused ? 'conn.resume' : 'conn.pause')}
				onClick={() => (paused ? feed.resume() : feed.pause())}
			>
				{paused ? <CirclePlay size={16} aria-hidden="true" /> : <CirclePause size={16} aria-hidden="true" />}
				<span className="visually-hidden">{t(paused ? 'conn.resume' : 'conn.pause')}</span>
			</button>
			<div className={styles.state} data-testid="connection" data-state={state} role="status">
				<Icon size={16} aria-hidden="true" />
				<span className={styles.word}>{t(`conn.${state}`)}</span>
				{state === 'offline' && link.dataAt !== null && <span className="visually-hidden"> {format.time(link.dataAt)}</span>}
			</div>
		</>
	);
}

/** How long a connection may be missing before the banner comes, in ms: a short gap is no news. */
const BANNER_AFTER_MS = 1_500;

export function ConnectionBanner() {
	const { feed } = useServices();
	const paused = useSignal(feed.paused);
	const link = useLink();
	const offline = link.state === 'offline';
	const shown = useLasting(offline, BANNER_AFTER_MS);
	if (offline && shown) return <OfflineBanner link={link} />;
	if (paused !== null) return <PausedBanner waiting={paused} />;
	return null;
}

function OfflineBanner({ link }: { readonly link: Link }) {
	const { t, format } = useSpeech();
	const { connection } = useServices();
	const cutOff = useCutOff();
	const now = useSeconds();
	const wait = link.retryAt === null ? 0 : Math.ceil((link.retryAt - now) / 1_000);
	return (
		<section className={styles.banner} aria-label={t('conn.offline')} data-testid="connection-banner">
			<WifiOff size={18} aria-hidden="true" />
			<p>
				<strong>{t('conn.offlineSince', { time: format.time(link.since) })}</strong>{' '}
				{link.dataAt === null
					? t('conn.noData')
					: t('conn.dataFrom', { time: format.time(link.dataAt), age: format.ago(now - link.dataAt) })}{' '}
				{cutOff && t('conn.noChanges')}{' '}
				<span className={styles.soft}>{wait > 0 ? t('conn.retryIn', { n: wait }) : t('conn.retrying')}</span>
			</p>
			<button type="button" className={controls.button} onClick={() => connection.connectNow()}>
				{t('conn.retryNow')}
			</button>
		</section>
	);
}

function PausedBanner({ waiting }: { readonly waiting: number }) {
	const { t } = useSpeech();
	const { feed } = useServices();
	return (
		<section className={styles.banner} aria-label={t('conn.paused')} data-calm="true">
			<CirclePause size={18} aria-hidden="true" />
			<p>{t('conn.pausedBanner', { n: waiting })}</p>
			<button type="button" className={controls.button} onClick={() => feed.resume()}>
				{t('conn.resume')}
			</button>
		</section>
	);
}

function useLasting(value: boolean, ms: number): boolean {
	const [lasting, setLasting] = useState(false);
	useEffect(() => {
		if (!value) {
			setLasting(false);
			return;
		}
		const timer = setTimeout(() => setLasting(true), ms);
		return () => clearTimeout(timer);
	}, [value, ms]);
	return lasting;
}

function useSeconds(): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, []);
	return now;
}
