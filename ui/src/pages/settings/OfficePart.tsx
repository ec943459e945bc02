import type { ReactNode } from 'react';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { MailForm } from '../../office/MailForm';
import { OfficeForm } from '../../office/OfficeForm';
import { WithOffice } from '../../office/WithOffice';
import { CaptureForm } from './CaptureForm';
import { EscalationForm } from './EscalationForm';
import { MaskingForm } from './MaskingForm';
import { MorningForm } from './MorningForm';
import { SmsForm } from './SmsForm';

/** What the office sets, a form for each topic: all change the same settings, each its own part. */
export function OfficePart() {
	const { t } = useSpeech();
	return (
		<WithOffice>
			{(state) => (
				<div className={styles.part}>
					<Card id="office" title={t('office.limits')} lead={t('office.hint')}>
						<OfficeForm {...state} />
					</Card>
					<Card id="capture" title={t('office.captureTitle')} lead={t('office.captureLead')}>
						<CaptureForm {...state} />
					</Card>
					<Card id="masking" title={t('office.masking')} lead={t('office.maskingLead')}>
						<MaskingForm {...state} />
					</Card>
					<Card id="escalation" title={t('escalation.title')} lead={t('escalation.lead')}>
						<EscalationForm {...state} />
					</Card>
					<Card id="morning" title={t('nav.report')} lead={t('morning.lead')}>
						<MorningForm {...state} />
					</Card>
					<Card id="mail" title={t('office.mail')} lead={t('office.mailLead')}>
						<MailForm {...state} />
					</Card>
					<Card id="sms" title={t('office.sms')} lead={t('office.smsLead')}>
						<SmsForm {...state} />
					</Card>
				</div>
			)}
		</WithOffice>
	);
}

interface CardProps {
	readonly id: string;
	readonly title: string;
	readonly lead: string;
	readonly children: ReactNode;
}

function Card({ id, title, lead, children }: CardProps) {
	return (
		<section className={styles.card} aria-labelledby={id}>
			<h2 id={id}>{title}</h2>
			<p className={styles.lead}>{lead}</p>
			{children}
		</section>
	);
}
