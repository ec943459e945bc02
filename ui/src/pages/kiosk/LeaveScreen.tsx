import { useEffect, useRef } from 'react';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSpeech } from '../../i18n/language';
import styles from './kiosk.module.css';

/** A question that nobody answers goes away after this long, in ms. */
const ASK_MS = 20_000;

export function LeaveScreen({ onStay, onLeave }: { readonly onStay: () => void; readonly onLeave: () => void }) {
	const { t } = useSpeech();
	const stay = useRef(onStay);
	stay.current = onStay;
	useEffect(() => {
		const timer = setTimeout(() => stay.current(), ASK_MS);
		return () => clearTimeout(timer);
	}, []);
	return (
		<Dialog title={t('kiosk.leaveTitle')} onClose={onStay} testId="kiosk-leave">
			<p>{t('kiosk.leaveText')}</p>
			<div className={styles.actions}>
				<button type="button" className={controls.button} onClick={onStay}>
					{t('dash.stay')}
				</button>
				<button type="button" className={controls.button} data-testid="kiosk-sign-out" onClick={onLeave}>
					{t('kiosk.leave')}
				</button>
			</div>
		</Dialog>
	);
}
