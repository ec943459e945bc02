import { useQuery } from '@tanstack/react-query';
import { AlarmClockOff } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fetchRules } from '../../api/rules';
import { createSilence } from '../../api/silences';
import { useServices } from '../../app/services';
import { WorkflowOptions } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { parseLocal, serializeLocal } from '../../url/localtime';
import { silenceFaults } from './faults';

const HOUR_MS = 3_600_000;
const ENDS = [1, 4, 24] as const;

interface SilenceFormProps {
	readonly onMade: () => void;
	readonly onCancel: () => void;
}

/** A new time without messages: about what, until when, why. */
export function SilenceForm({ onMade, onCancel }: SilenceFormProps) {
	const { t } = useSpeech();
	const { http, clock } = useServices();
	const { data: rules } = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => fetchRules(http, signal) });
	const [end, setEnd] = useState(() => serializeLocal(clock.now() + HOUR_MS));
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = silenceFaults(error, t);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const at = (name: string) => {
			const ms = parseLocal(value(name));
			return ms === null ? null : new Date(ms).toISOString();
		};
		const done = await send(() =>
			createSilence(http, {
				alertId: value('alertId'),
				workflowId: value('workflowId'),
				startsAt: at('startsAt'),
				endsAt: at('endsAt'),
				reason: value('reason').trim(),
			}),
		);
		if (done) onMade();
	};
	return (
		<form
			ref={form}
			className={`${parts.card} ${parts.narrow}`}
			data-testid="silence-form"
			onSubmit={(event) => void submit(event)}
		>
			<h2>{t('silences.new')}</h2>
			<div className={parts.fields}>
				<label className={controls.field}>
					{t('silences.rule')}
					<select name="alertId" className={controls.select}>
						<option value="">{t('silences.allRules')}</option>
						{rules?.map((rule) => (
							<option key={rule.id} value={rule.id}>
								{rule.name}
							</option>
						))}
					</select>
				</label>
				<label className={controls.field}>
					{t('list.workflow')}
					<select name="workflowId" className={controls.select}>
						<WorkflowOptions all={t('list.allWorkflows')} value="" />
					</select>
				</label>
				<Line
					name="startsAt"
					type="datetime-local"
					label={t('silences.from')}
					hint={t('silences.fromHint')}
					fault={faults.startsAt}
				/>
				<div className={parts.stack}>
					<Line
						name="endsAt"
						type="datetime-local"
						label={t('silences.to')}
						hint={t('silences.toHint')}
						value={end}
						onChange={(event) => setEnd(event.target.value)}
						fault={faults.endsAt}
					/>
					<div className={parts.actions}>
						{ENDS.map((hours) => (
							<button
								key={hours}
								type="button"
								className={controls.button}
								onClick={() => setEnd(serializeLocal(clock.now() + hours * HOUR_MS))}
							>
								{t('silences.hours', { n: hours })}
							</button>
						))}
					</div>
				</div>
				<Line name="reason" label={t('silences.reason')} hint={t('silences.reasonHint')} wide fault={faults.reason} />
			</div>
			<Failure error={error} />
			<SubmitRow icon={AlarmClockOff} label={t('silences.make')} working={working} onCancel={onCancel} />
		</form>
	);
}
