import type { ReactNode } from 'react';
import type { ViewPage } from '../api/views';
import { CopyButton } from '../design/CopyButton';
import { useSpeech } from '../i18n/language';
import { SavedViews } from './SavedViews';
import styles from './views.module.css';

interface ViewToolsProps {
	readonly page: ViewPage;
	/** What the page shows now, as its query string. */
	readonly query: string;
	readonly children?: ReactNode;
}

/** What can be done with what a list shows now: kept under a name, found again, sent as a link. */
export function ViewTools({ page, query, children }: ViewToolsProps) {
	const { t } = useSpeech();
	const link = () => `${window.location.origin}/${page}${query === '' ? '' : `?${query}`}`;
	return (
		<div className={styles.tools}>
			<SavedViews page={page} query={query} />
			<CopyButton label={t('views.copyLink')} text={link} testId="copy-link" />
			{children}
		</div>
	);
}
