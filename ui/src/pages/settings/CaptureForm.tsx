import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { fetchWorkflows, type WorkflowName } from '../../api/executions';
import { CAPTURE_MODES, type CaptureChange, type CaptureMode, type CaptureRule, type OfficeChange } from '../../api/office';
import { oneOf } from '../../api/read';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { OfficeFields, type OfficeState } from '../../office/OfficeFields';
import chips from './chips.module.css';

/** What is chosen for one workflow, or for all others. */
type Choice = Pick<CaptureRule, 'mode' | 'reason'>;

/** What is kept of step data: of all workflows, and of some of them something else. */
export function CaptureForm(state: OfficeState) {
	const { t } = useSpeech();
	const { capture, workflows } = state.settings;
	const [general, setGeneral] = useState<Choice>(capture);
	const [own, setOwn] = useState<Readonly<Record<string, Choice>>>(workflows);
	const names = useWorkflows();
	const put = (id: string, choice: Choice) => setOwn({ ...own, [id]: choice });
	const nameOf = (id: string) => names.find((one) => one.id === id)?.name ?? id;
	return (
		<OfficeFields
			{...state}
			testId="capture-form"
			changeOf={() => captureChange({ general: capture, own: workflows }, { general, own })}
		>
			{(fault) => (
				<>
					<ChoiceLines
						name="capture"
						label={t('office.capture')}
						choice={general}
						stored={capture}
						fault={fault('capture.reason')}
						onChange={setGeneral}
					/>
					{Object.entries(own).map(([id, choice]) => (
						<fieldset
							key={id}
							className={`${styles.group} ${styles.own}`}
							data-wide=""
							data-testid="capture-own"
							data-workflow-id={id}
						>
							<legend>{nameOf(id)}</legend>
							<div className={styles.fields}>
								<ChoiceLines
									name={`capture-${id}`}
									label={t('office.captureOwn')}
									choice={choice}
									stored={workflows[id]}
									fault={fault(`capture.workflows.${id}.reason`)}
									onChange={(next) => put(id, next)}
								/>
							</div>
							<button
								type="button"
								className={`${controls.button} ${controls.plain}`}
								onClick={() => setOwn(Object.fromEntries(Object.entries(own).filter(([one]) => one !== id)))}
							>
								<Trash2 size={15} aria-hidden="true" />
								{t('office.captureSame')}
								<span className="visually-hidden">: {nameOf(id)}</span>
							</button>
						</fieldset>
					))}
					<Adder
						names={names.filter(({ id }) => own[id] === undefined)}
						onAdd={(id) => put(id, { mode: 'masked', reason: '' })}
					/>
				</>
			)}
		</OfficeFields>
	);
}

interface ChoiceLinesProps {
	readonly name: string;
	readonly label: string;
	readonly choice: Choice;
	/** What holds now; undefined: nothing of its own. */
	readonly stored: CaptureRule | undefined;
	readonly fault: string | undefined;
	readonly onChange: (choice: Choice) => void;
}

function ChoiceLines({ name, label, choice, stored, fault, onChange }: ChoiceLinesProps) {
	const { t, format } = useSpeech();
	const { clock } = useServices();
	const id = useId();
	const until = stored?.mode === 'full' ? stored.until : null;
	const over = until !== null && until <= clock.now();
	return (
		<>
			<div className={styles.line} data-wide="">
				<label htmlFor={id}>{label}</label>
				<select
					id={id}
					name={name}
					className={controls.select}
					value={choice.mode}
					onChange={(event) => onChange({ ...choice, mode: oneOf(event.target.value, CAPTURE_MODES, choice.mode) })}
				>
					{CAPTURE_MODES.map((mode) => (
						<option key={mode} value={mode}>
							{t(`office.capture.${mode}`)}
						</option>
					))}
				</select>
				{until !== null && choice.mode === 'full' && (
					<span className={styles.hint} data-testid="capture-until">
						{t(over ? 'office.captureOver' : 'office.captureUntil', { time: format.dateTime(until) })}
					</span>
				)}
			</div>
			{choice.mode === 'full' && (
				<Line
					name={`${name}Reason`}
					label={t('office.captureReason')}
					hint={t('office.captureReasonHint')}
					value={choice.reason}
					onChange={(event) => onChange({ ...choice, reason: event.target.value })}
					wide
					fault={fault}
				/>
			)}
		</>
	);
}

interface AdderProps {
	readonly names: readonly WorkflowName[];
	readonly onAdd: (id: string) => void;
}

function Adder({ names, onAdd }: AdderProps) {
	const { t } = useSpeech();
	const id = useId();
	const [chosen, setChosen] = useState('');
	const next = names.some((one) => one.id === chosen) ? chosen : (names[0]?.id ?? '');
	if (next === '') return null;
	return (
		<div className={styles.line} data-wide="">
			<label htmlFor={id}>{t('office.captureAdd')}</label>
			<div className={chips.adder}>
				<select
					id={id}
					className={controls.select}
					data-testid="capture-workflow"
					value={next}
					onChange={(event) => setChosen(event.target.value)}
				>
					{names.map((one) => (
						<option key={one.id} value={one.id}>
							{one.name}
						</option>
					))}
				</select>
				<button type="button" className={controls.button} data-testid="capture-add" onClick={() => onAdd(next)}>
					<Plus size={15} aria-hidden="true" />
					{t('office.add')}
				</button>
			</div>
		</div>
	);
}

/** The known workflows; none where the viewer may not see them. */
function useWorkflows(): readonly WorkflowName[] {
	const { http } = useServices();
	const { data } = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => fetchWorkflows(http, signal) });
	return data ?? [];
}

interface Choices {
	readonly general: Choice;
	readonly own: Readonly<Record<string, Choice>>;
}

/** What is to be sent. What did not change stays out, so that the end of "full" does not move. */
export function captureChange(stored: Choices, chosen: Choices): OfficeChange {
	const workflows: Record<string, CaptureChange> = {};
	for (const id of Object.keys(stored.own)) if (chosen.own[id] === undefined) workflows[id] = null;
	for (const [id, choice] of Object.entries(chosen.own)) if (!same(stored.own[id], choice)) workflows[id] = sent(choice);
	return { capture: { ...(same(stored.general, chosen.general) ? {} : sent(chosen.general)), workflows } };
}

function same(a: Choice | undefined, b: Choice): boolean {
	if (a?.mode !== b.mode) return false;
	return b.mode !== 'full' || a.reason.trim() === b.reason.trim();
}

function sent({ mode, reason }: Choice): { readonly stepData: CaptureMode; readonly reason?: string } {
	return mode === 'full' ? { stepData: mode, reason: reason.trim() } : { stepData: mode };
}
