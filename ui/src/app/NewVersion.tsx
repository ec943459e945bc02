import { Sparkles } from 'lucide-react';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import styles from './ConnectionState.module.css';
import { useSignal } from './hooks';
import { useServices } from './services';

/** Says that the server has a newer page than this one. */
export function NewVersion() {
	const { t } = useSpeech();
	const outdated = useSignal(useServices().connection.outdated);
	if (!outdated) return null;
	return (
		<section className={styles.banner} aria-label={t('app.newVersion')} data-calm="true" data-testid="new-version">
			<Sparkles size={18} aria-hidden="true" />
			<p role="status">{t('app.newVersion')}</p>
			<button type="button" className={controls.button} onClick={() => location.reload()}>
				{t('app.refresh')}
			</button>
		</section>
	);
}
