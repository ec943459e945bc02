import { Save } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { type ClientRuleDraft, type DeadlineRule, type Due, putClientRule } from '../../api/deadlines';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { DueFields } from './DueFields';
import { faultNames } from './faults';

type Kind = 'exempt' | 'postponed' | 'day' | 'fiscalYear';

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

interface ClientRuleFormProps {
	readonly rule: DeadlineRule;
	readonly onCancel: () => void;
	readonly onMade: () => Promise<void>;
}

/** Says what holds for a client: that the rule does not concern them, another day, or another end of their year. */
export function ClientRuleForm({ rule, onCancel, onMade }: ClientRuleFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const [kind, setKind] = useState<Kind>('exempt');
	const [due, setDue] = useState(rule.due);
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = faultNames(error);
	// Only companies with a year of their own can have another end of it.
	const kinds: readonly Kind[] =
		rule.period === 'fiscalYear' ? ['exempt', 'postponed', 'day', 'fiscalYear'] : ['exempt', 'postponed', 'day'];
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const draft = draftOf(filled(event.currentTarget), kind, due);
		void send(async () => {
			await putClientRule(http, rule.id, draft);
			await onMade();
			onCancel();
		});
	};
	return (
		<form ref={form} className={parts.fields} data-testid="client-rule-form" noValidate onSubmit={submit}>
			<Line
				name="clientRef"
				label={t('list.client')}
				placeholder={t('list.clientHint')}
				autoComplete="off"
				required
				autoFocus
				fault={faults.has('clientRef') ? t('due.fault.client') : undefined}
			/>
			<Select
				name="kind"
				label={t('due.exceptionKind')}
				value={kind}
				options={kinds.map((one) => [one, t(`due.exception.${one}`)])}
				onChange={(value) => setKind(value as Kind)}
			/>
			{kind === 'day' && <DueFields due={due} faults={faults} onChange={setDue} />}
			{kind === 'postponed' && <Postponement wrong={error !== null && !faults.has('clientRef') && !faults.has('reason')} />}
			{kind === 'fiscalYear' && <YearEnd />}
			<Line
				name="reason"
				label={t('due.ground')}
				hint={t('due.groundHint')}
				autoComplete="off"
				required
				fault={faults.has('reason') ? t('due.fault.reason') : undefined}
			/>
			<Line name="docRef" label={t('due.docRef')} hint={t('due.docRefHint')} autoComplete="off" />
			<div className={parts.stack} data-wide="">
				<Failure error={error} />
				<SubmitRow icon={Save} label={t('act.save')} working={working} onCancel={onCancel} />
			</div>
		</form>
	);
}

/** What the form says, of the kind that is chosen. */
function draftOf(value: (name: string) => string, kind: Kind, due: Due): ClientRuleDraft {
	return {
		client: value('clientRef').trim(),
		applies: kind !== 'exempt',
		due: kind === 'day' ? due : null,
		postponed: kind === 'postponed' ? { period: value('period').trim(), date: value('date') } : null,
		fiscalYearEnd: kind === 'fiscalYear' ? Number(value('fiscalYearEnd')) : null,
		reason: value('reason').trim(),
		docRef: value('docRef').trim(),
	};
}

/** For which period another day holds. */
function Postponement({ wrong }: { readonly wrong: boolean }) {
	const { t } = useSpeech();
	const fault = wrong ? t('due.fault.postponed') : undefined;
	return (
		<>
			<Line name="period" label={t('due.ofPeriod')} hint={t('due.ofPeriodHint')} autoComplete="off" required fault={fault} />
			<Line name="date" type="date" label={t('due.newDay')} required fault={fault} />
		</>
	);
}

function YearEnd() {
	const { t, format } = useSpeech();
	return (
		<Select
			name="fiscalYearEnd"
			label={t('due.fiscalYearEnd')}
			options={MONTHS.map((month) => [String(month), format.monthName(month)])}
		/>
	);
}

interface SelectProps {
	readonly name: string;
	readonly label: string;
	readonly value?: string;
	readonly options: readonly (readonly [string, string])[];
	readonly onChange?: (value: string) => void;
}

function Select({ name, label, value, options, onChange }: SelectProps) {
	const id = useId();
	return (
		<div className={parts.line}>
			<label htmlFor={id}>{label}</label>
			<select
				id={id}
				name={name}
				className={controls.select}
				{...(value === undefined ? {} : { value })}
				onChange={(event) => onChange?.(event.target.value)}
			>
				{options.map(([option, words]) => (
					<option key={option} value={option}>
						{words}
					</option>
				))}
			</select>
		</div>
	);
}
