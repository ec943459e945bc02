import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fetchOffice, type OfficeSettings } from '../../api/office';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { CaptureForm } from './CaptureForm';
import { MailForm } from './MailForm';
import { MaskingForm } from './MaskingForm';
import type { OfficeState } from './OfficeFields';
import { OfficeForm } from './OfficeForm';
import styles from './parts.module.css';
import { SmsForm } from './SmsForm';

const KEY = ['office'];

/** What the office sets, a form for each topic: all change the same settings, each its own part. */
export function OfficePart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const client = useQueryClient();
	// Forms keep what is written in them, so what was loaded anew on purpose needs new ones.
	const [generation, setGeneration] = useState(0);
	const { data, error, refetch } = useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => fetchOffice(http, signal),
		staleTime: 0,
	});
	if (data === undefined) {
		return (
			<section className={styles.card} aria-labelledby="office">
				<h2 id="office">{t('settings.office')}</h2>
				{error === null ? (
					<Skeleton label={t('data.loading')} rows={4} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)}
			</section>
		);
	}
	const state: OfficeState = {
		settings: data,
		onSaved: (saved: OfficeSettings) => client.setQueryData(KEY, saved),
		onStale: () => void refetch().then(() => setGeneration((n) => n + 1)),
	};
	return (
		<div key={generation} className={styles.part}>
			<Card id="office" title={t('office.limits')} lead={t('office.hint')}>
				<OfficeForm {...state} />
			</Card>
			<Card id="capture" title={t('office.captureTitle')} lead={t('office.captureLead')}>
				<CaptureForm {...state} />
			</Card>
			<Card id="masking" title={t('office.masking')} lead={t('office.maskingLead')}>
				<MaskingForm {...state} />
			</Card>
			<Card id="mail" title={t('office.mail')} lead={t('office.mailLead')}>
				<MailForm {...state} />
			</Card>
			<Card id="sms" title={t('office.sms')} lead={t('office.smsLead')}>
				<SmsForm {...state} />
			</Card>
		</div>
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
