import { Link } from 'wouter';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { OfficeFields, type OfficeState } from '../../office/OfficeFields';
import { Area } from './Area';
import { linesOf } from './MaskingForm';

const RECIPIENTS_MAX = 20;

/** To whom the report of every morning goes. */
export function MorningForm(state: OfficeState) {
	const { t } = useSpeech();
	const recipients = state.settings.morningRecipients;
	return (
		<OfficeFields
			{...state}
			testId="morning-form"
			changeOf={(value) => ({ morningReport: { recipients: linesOf(value('recipients')) } })}
		>
			{(fault) => {
				const lines = Array.from({ length: RECIPIENTS_MAX }, (_, n) => fault(`morningReport.recipients[${n}]`));
				return (
					<div className={styles.stack} data-wide="">
						<Area
							name="recipients"
							label={t('morning.recipients')}
							hint={t('morning.recipientsHint')}
							first={recipients.join('\n')}
							fault={fault('morningReport.recipients') ?? lines.find((one) => one !== undefined)}
						/>
						<p>
							<Link href="/report">{t('morning.look')}</Link>
						</p>
					</div>
				);
			}}
		</OfficeFields>
	);
}
