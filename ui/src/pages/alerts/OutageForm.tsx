import { CloudOff } from 'lucide-react';
import type { FormEvent } from 'react';
import { createOutage } from '../../api/outages';
import { useServices } from '../../app/services';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { parseLocal } from '../../url/localtime';
import { outageFaults } from './faults';

interface OutageFormProps {
	readonly onMade: () => void;
	readonly onCancel: () => void;
}

/** A failure of somebody else: by what its errors are known, since when, until when, and where it was announced. */
export function OutageForm({ onMade, onCancel }: OutageFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = outageFaults(error, t);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const at = (name: string) => {
			const ms = parseLocal(value(name));
			return ms === null ? null : new Date(ms).toISOString();
		};
		const outage = {
			cause: value('cause').trim(),
			since: at('since'),
			until: at('until'),
			reason: value('reason').trim(),
			link: value('link').trim(),
		};
		if (await send(() => createOutage(http, outage))) onMade();
	};
	return (
		<form
			ref={form}
			className={`${parts.card} ${parts.narrow}`}
			data-testid="outage-form"
			noValidate
			onSubmit={(event) => void submit(event)}
		>
			<h2>{t('outages.new')}</h2>
			<div className={parts.fields}>
				<Line name="cause" label={t('outages.cause')} hint={t('outages.causeHint')} wide fault={faults.cause} />
				<Line name="reason" label={t('silences.reason')} hint={t('outages.reasonHint')} wide fault={faults.reason} />
				<Line name="since" type="datetime-local" label={t('silences.from')} hint={t('silences.fromHint')} />
				<Line name="until" type="datetime-local" label={t('silences.to')} hint={t('outages.untilHint')} fault={faults.until} />
				<Line name="link" inputMode="url" label={t('outages.link')} hint={t('outages.linkHint')} wide fault={faults.link} />
			</div>
			<Failure error={error} />
			<SubmitRow icon={CloudOff} label={t('outages.make')} working={working} onCancel={onCancel} />
		</form>
	);
}
