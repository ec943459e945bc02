import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { OfficeForm } from '../../office/OfficeForm';
import { WithOffice } from '../../office/WithOffice';
import { ZONE } from '../../url/localtime';

/** Who the office is, and what it wants to be warned of. */
export function OfficeStep() {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	return (
		<>
			<dl className={parts.facts}>
				<div>
					<dt>{t('start.officeName')}</dt>
					<dd>{viewer?.organization ?? '–'}</dd>
				</div>
				<div>
					<dt>{t('start.zone')}</dt>
					<dd>{ZONE}</dd>
				</div>
			</dl>
			<WithOffice>{(office) => <OfficeForm {...office} />}</WithOffice>
		</>
	);
}
