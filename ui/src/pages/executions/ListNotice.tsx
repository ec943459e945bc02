import { CircleCheckBig, Inbox, SearchX } from 'lucide-react';
import controls from '../../design/controls.module.css';
import { Notice } from '../../design/Notice';
import { useSpeech } from '../../i18n/language';
import { type ExecutionFilter, narrowed } from '../../url/filter';

/** What stands where a list has no rows: nothing yet, nothing that matches, or, of failures, good news. */
export function ListNotice({ filter, onClear }: { readonly filter: ExecutionFilter; readonly onClear: () => void }) {
	const { t } = useSpeech();
	const narrow = narrowed(filter);
	if (!narrow && filter.status.length === 0) {
		return (
			<Notice icon={Inbox} title={t('list.empty')}>
				{t('list.emptyHint')}
			</Notice>
		);
	}
	const calm = !narrow && filter.status.length === 1 && filter.status[0] === 'failed';
	return (
		<Notice
			icon={calm ? CircleCheckBig : SearchX}
			title={t(calm ? 'list.calm' : 'list.noMatch')}
			action={
				<button type="button" className={controls.button} onClick={onClear}>
					{t('list.clear')}
				</button>
			}
		/>
	);
}
