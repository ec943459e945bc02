import { Plus, Save } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { changeRule, createRule, RULE_TYPES, type Rule, type RuleType } from '../../api/rules';
import { SEVERITIES, type Severity } from '../../api/severity';
import { useServices } from '../../app/services';
import { WorkflowOptions } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { Fault } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { Backtest } from './Backtest';
import { ChannelFields } from './ChannelFields';
import { ConditionFields } from './ConditionFields';
import { ruleFault } from './faults';
import { changeOf, emptyCondition, type RuleDraft, retyped, ruleOf, wrongControls } from './ruledraft';
import styles from './ruleform.module.css';
import { SHAPES, usualSeverity } from './ruleshape';
import { useRuleSentence } from './sentence';

interface RuleFormProps {
	/** null: a new one. */
	readonly rule: Rule | null;
	readonly first: RuleDraft;
	readonly onSaved: (rule: Rule) => unknown;
	/** It was stored before. */
	readonly saved?: boolean;
	/** The present state of the rule is asked for. */
	readonly onStale: () => void;
}

const NAME_MAX = 255;

/** A rule, written as a sentence: when in which process what happens, tell whom, and how urgent that is. */
export function RuleForm({ rule, first, onSaved, saved = false, onStale }: RuleFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const [draft, setDraft] = useState(first);
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const sentence = useRuleSentence();
	const said = sentence(rule?.builtin ? { ...ruleOf(draft), builtin: rule.builtin } : ruleOf(draft));
	// Without the channels: the name is about what happened.
	const suggestion = sentence({ ...ruleOf(draft), channels: [] })
		.replace(/\.$/, '')
		.slice(0, NAME_MAX);
	const wrong = wrongControls(error, draft);
	const faultOf = (name: string) => {
		const message = wrong.get(name);
		return message === undefined ? undefined : ruleFault(name, message, t);
	};
	const change = (part: Partial<RuleDraft>) => setDraft((former) => ({ ...former, ...part }));
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		await send(async () => {
			const sent = changeOf(draft, suggestion);
			// Of a built-in rule its conditions are its own.
			const { conditions: _, ...rest } = sent;
			const stored =
				rule === null ? await createRule(http, sent) : await changeRule(http, rule, rule.builtin === '' ? sent : rest);
			await onSaved(stored);
		});
	};
	return (
		<form
			ref={form}
			className={`${parts.card} ${styles.form}`}
			data-testid="rule-form"
			noValidate
			onSubmit={(event) => void submit(event)}
		>
			{!rule?.builtin && <When draft={draft} isNew={rule === null} change={change} faultOf={faultOf} />}
			{rule?.builtin ? <p className={styles.lead}>{said}</p> : null}
			<ChannelFields channels={draft.channels} onChange={(channels) => change({ channels })} faultOf={faultOf} />
			<Urgency draft={draft} change={change} faultOf={faultOf} />
			<NameField draft={draft} suggestion={suggestion} change={change} fault={faultOf('alertName')} />
			<p className={styles.summary} data-testid="rule-sentence">
				{said}
			</p>
			{!rule?.builtin && SHAPES[draft.type].ofRuns && <Backtest rule={changeOf(draft, suggestion)} />}
			<Failure error={error} onStale={onStale} />
			<div role="status">{saved && error === null && <Telling testId="rule-saved">{t('settings.saved')}</Telling>}</div>
			<SubmitRow icon={Save} label={t(rule === null ? 'rules.create' : 'act.save')} working={working} />
		</form>
	);
}

interface PartProps {
	readonly draft: RuleDraft;
	readonly change: (part: Partial<RuleDraft>) => void;
	readonly faultOf: (name: string) => string | undefined;
}

/** "When in process X this happens", with what the kind of event asks for. */
function When({ draft, isNew, change, faultOf }: PartProps & { readonly isNew: boolean }) {
	const { t } = useSpeech();
	const shape = SHAPES[draft.type];
	return (
		<fieldset className={styles.clause}>
			<legend>{t('rules.whenLegend')}</legend>
			<div className={styles.phrase}>
				<span>{t('rules.when')}</span>
				{shape.ofRuns && (
					<select
						name="workflowId"
						aria-label={t('list.workflow')}
						aria-invalid={faultOf('workflowId') !== undefined}
						className={controls.select}
						value={draft.workflowId}
						onChange={(event) => change({ workflowId: event.target.value })}
					>
						<WorkflowOptions all={t('rules.anyWorkflow')} value={draft.workflowId} />
					</select>
				)}
				<select
					name="alertType"
					aria-label={t('rules.type')}
					className={controls.select}
					value={draft.type}
					disabled={!isNew}
					title={isNew ? undefined : t('rules.typeStays')}
					onChange={(event) => change(retyped(draft, event.target.value as RuleType))}
				>
					{RULE_TYPES.map((type) => (
						<option key={type} value={type}>
							{t(`rules.type.${type}`)}
						</option>
					))}
				</select>
			</div>
			{draft.conditions.map((condition, n) => (
				<ConditionFields
					key={condition.key}
					type={draft.type}
					condition={condition}
					index={n}
					faultOf={(name) => faultOf(`${name} ${n}`)}
					onChange={(next) => change({ conditions: draft.conditions.map((one) => (one === condition ? next : one)) })}
					onRemove={
						draft.conditions.length > 1
							? () => change({ conditions: draft.conditions.filter((one) => one !== condition) })
							: undefined
					}
				/>
			))}
			{shape.several && (
				<button
					type="button"
					className={`${controls.button} ${styles.start}`}
					data-testid="condition-add"
					onClick={() => {
						const key = Math.max(0, ...draft.conditions.map((one) => one.key)) + 1;
						change({ conditions: [...draft.conditions, emptyCondition(draft.type, key)] });
					}}
				>
					<Plus size={15} aria-hidden="true" />
					{t('rules.andMore')}
				</button>
			)}
		</fieldset>
	);
}

/** How urgent it is, and how often it is told. */
function Urgency({ draft, change, faultOf }: PartProps) {
	const { t } = useSpeech();
	const id = useId();
	const fault = faultOf('cooldownMinutes');
	return (
		<fieldset className={styles.clause}>
			<legend>{t('rules.urgency')}</legend>
			<div className={styles.phrase}>
				<span>{t('rules.as')}</span>
				<select
					name="severity"
					aria-label={t('rules.severity')}
					className={controls.select}
					value={draft.severity ?? usualSeverity(draft.type)}
					onChange={(event) => change({ severity: event.target.value as Severity })}
				>
					{SEVERITIES.map((severity) => (
						<option key={severity} value={severity}>
							{t(`sev.${severity}`)}
						</option>
					))}
				</select>
				<span>{t('rules.notMoreOften')}</span>
				<input
					name="cooldownMinutes"
					inputMode="numeric"
					aria-label={t('rules.cooldown')}
					aria-invalid={fault !== undefined}
					aria-describedby={fault === undefined ? undefined : id}
					className={`${controls.input} ${styles.number}`}
					value={draft.cooldown}
					onChange={(event) => change({ cooldown: event.target.value })}
				/>
				<span>{t('unit.min')}</span>
			</div>
			<Fault id={id} text={fault} />
		</fieldset>
	);
}

interface NameFieldProps {
	readonly draft: RuleDraft;
	readonly suggestion: string;
	readonly change: (part: Partial<RuleDraft>) => void;
	readonly fault: string | undefined;
}

function NameField({ draft, suggestion, change, fault }: NameFieldProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<div className={parts.line}>
			<label htmlFor={id}>{t('rules.name')}</label>
			<input
				id={id}
				name="alertName"
				className={controls.input}
				value={draft.name}
				placeholder={suggestion}
				maxLength={NAME_MAX}
				autoComplete="off"
				aria-invalid={fault !== undefined}
				aria-describedby={`${id}-hint ${id}-fault`}
				onChange={(event) => change({ name: event.target.value })}
			/>
			<Fault id={`${id}-fault`} text={fault} />
			<span id={`${id}-hint`} className={parts.hint}>
				{t('rules.nameHint')}
			</span>
		</div>
	);
}
