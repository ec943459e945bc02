import { CirclePause, Radio, RefreshCw, WifiOff } from 'lucide-react';
import type { CSSProperties } from 'react';
import { useLink, useSecond } from '../../app/hooks';
import { useSpeech } from '../../i18n/language';
import styles from './kiosk.module.css';
import type { Turns } from './rotation';
import { useLastUpdate } from './useWall';

const LINK_ICONS = { live: Radio, replaying: RefreshCw, offline: WifiOff } as const;

interface WallHeadProps {
	readonly name: string;
	readonly count: number;
	readonly turn: Turns;
	readonly everySeconds: number;
}

/** What is shown, how late it is, and how true it is. */
export function WallHead({ name, count, turn, everySeconds }: WallHeadProps) {
	const { t, format } = useSpeech();
	const link = useLink();
	const clock = useSecond((now) => format.time(now));
	const updated = useLastUpdate();
	const Icon = LINK_ICONS[link.state];
	return (
		<header className={styles.head}>
			<h1>{name}</h1>
			{count > 1 && (
				<p className={styles.turn} data-testid="kiosk-turn" data-value={turn.at + 1} data-paused={turn.paused}>
					{t('kiosk.turn', { at: turn.at + 1, count })}
					{turn.paused && (
						<>
							<CirclePause size={18} aria-hidden="true" />
							{t('kiosk.paused')}
						</>
					)}
				</p>
			)}
			<p className={styles.link} data-testid="connection" data-state={link.state}>
				<Icon size={18} aria-hidden="true" />
				{t(`conn.${link.state}`)}
				{updated > 0 && <span data-testid="kiosk-updated">{t('kiosk.updated', { time: format.time(updated) })}</span>}
			</p>
			<time className={styles.clock}>{clock}</time>
			{count > 1 && (
				<span
					key={turn.at}
					className={styles.progress}
					data-paused={turn.paused}
					style={{ '--every': `${everySeconds}s` } as CSSProperties}
					aria-hidden="true"
				/>
			)}
		</header>
	);
}
