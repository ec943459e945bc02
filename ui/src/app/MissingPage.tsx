import { SearchX } from 'lucide-react';
import { Link } from 'wouter';
import controls from '../design/controls.module.css';
import { Notice } from '../design/Notice';
import { useSpeech } from '../i18n/language';
import { useTitle } from './hooks';

export function MissingPage() {
	const { t } = useSpeech();
	useTitle(t('missing.title'));
	return (
		<main id="content" tabIndex={-1}>
			<Notice
				icon={SearchX}
				title={t('missing.title')}
				action={
					<Link className={controls.button} href="/executions">
						{t('missing.home')}
					</Link>
				}
			>
				{t('missing.text')}
			</Notice>
		</main>
	);
}
