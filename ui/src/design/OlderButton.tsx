import { useSpeech } from '../i18n/language';
import controls from './controls.module.css';
import styles from './OlderButton.module.css';

interface Pages {
	hasNextPage: boolean;
	isFetchingNextPage: boolean;
	fetchNextPage(): Promise<unknown>;
}

/** Fetches the next, older page of a list; nothing when there is none. */
export function OlderButton({ pages, onOlder, testId }: { pages: Pages; onOlder?: () => void; testId?: string }) {
	const { t } = useSpeech();
	if (!pages.hasNextPage) {
		return null;
	}
	return (
		<button
			type="button"
			className={`${controls.button} ${styles.older}`}
			disabled={pages.isFetchingNextPage}
			data-testid={testId}
			onClick={onOlder ?? (() => void pages.fetchNextPage())}
		>
			{t(pages.isFetchingNextPage ? 'list.loadingOlder' : 'list.older')}
		</button>
	);
}
