import { useState } from 'react';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import { beep } from './alarm';
import styles from './Bell.module.css';
import { useSignal } from './hooks';
import { useServices } from './services';

/** Whether this browser is to tell of critical alerts by a notification and a sound. */
export function AlarmChoice() {
	const { t } = useSpeech();
	const { alarm } = useServices();
	const wish = useSignal(alarm.wish);
	const [refused, setRefused] = useState(false);
	const notify = async (wanted: boolean) => {
		const may = wanted && (await alarm.askLeave());
		setRefused(wanted && !may);
		alarm.choose({ notify: may });
	};
	return (
		<fieldset className={`${controls.checks} ${styles.alarm}`}>
			<legend>{t('alarm.legend')}</legend>
			<label>
				<input
					type="checkbox"
					data-testid="alarm-notify"
					checked={wish.notify}
					onChange={(event) => void notify(event.target.checked)}
				/>
				{t('alarm.notify')}
			</label>
			<label>
				<input
					type="checkbox"
					data-testid="alarm-sound"
					checked={wish.sound}
					onChange={(event) => {
						alarm.choose({ sound: event.target.checked });
						if (event.target.checked) beep();
					}}
				/>
				{t('alarm.sound')}
			</label>
			<p role="status">{refused && t('alarm.refused')}</p>
		</fieldset>
	);
}
