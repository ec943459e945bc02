import { Save } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { changeDeadlineRule, type DeadlineRule, editOf, type RuleEdit, SHIFTS } from '../../api/deadlines';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { DueFields } from './DueFields';
import { faultNames } from './faults';

interface RuleEditFormProps {
	readonly rule: DeadlineRule;
	readonly onCancel: () => void;
	readonly onChanged: () => Promise<void>;
}

/** Changes what the office sees in a rule: its name, the day, how it moves. A changed rule loses its confirmation. */
export function RuleEditForm({ rule, onCancel, onChanged }: RuleEditFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const shiftId = useId();
	const [edit, setEdit] = useState<RuleEdit>(() => editOf(rule));
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = faultNames(error);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const next = { ...edit, name: value('name').trim(), note: value('note').trim() };
		void send(async () => {
			await changeDeadlineRule(http, rule, next, value('reason').trim());
			await onChanged();
			onCancel();
		});
	};
	return (
		<form ref={form} className={parts.fields} data-testid="rule-edit-form" noValidate onSubmit={submit}>
			<Line
				name="name"
				label={t('due.ruleName')}
				defaultValue={edit.name}
				autoComplete="off"
				required
				wide
				autoFocus
				fault={faults.has('name.pl') ? t('due.fault.name') : undefined}
			/>
			<DueFields due={edit.due} faults={faults} onChange={(due) => setEdit({ ...edit, due })} />
			<div className={parts.line}>
				<label htmlFor={shiftId}>{t('due.shift')}</label>
				<select
					id={shiftId}
					name="shift"
					className={controls.select}
					value={edit.shift}
					onChange={(event) => setEdit({ ...edit, shift: event.target.value as RuleEdit['shift'] })}
				>
					{SHIFTS.map((one) => (
						<option key={one} value={one}>
							{t(`due.shift.${one}`)}
						</option>
					))}
				</select>
			</div>
			<Line name="note" label={t('due.note')} defaultValue={edit.note} autoComplete="off" wide />
			<Line name="reason" label={t('due.reason')} hint={t('due.reasonHint')} autoComplete="off" wide />
			<div className={parts.stack} data-wide="">
				{rule.confirmed && <Telling kind="warning">{t('due.editLoses')}</Telling>}
				<Failure error={error} />
				<SubmitRow icon={Save} label={t('act.save')} working={working} onCancel={onCancel} />
			</div>
		</form>
	);
}
