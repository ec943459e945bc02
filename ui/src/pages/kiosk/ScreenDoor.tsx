import { MonitorX } from 'lucide-react';
import { Notice } from '../../design/Notice';
import { useSpeech } from '../../i18n/language';
import styles from './kiosk.module.css';

/** What a screen shows before it is let in, or when it is not. */
export function ScreenDoor({ refused }: { readonly refused: boolean }) {
	const { t } = useSpeech();
	return (
		<main id="content" className={styles.door} data-page="kiosk" aria-busy={!refused}>
			{refused && (
				<Notice icon={MonitorX} title={t('kiosk.refused')} alert>
					<p>{t('kiosk.refusedHint')}</p>
				</Notice>
			)}
		</main>
	);
}
