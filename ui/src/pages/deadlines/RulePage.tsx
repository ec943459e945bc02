import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, Pencil, Power } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { changeDeadlineRule, type DeadlineRule, editOf, fetchDeadlineRule, type RuleChange } from '../../api/deadlines';
import { ApiError } from '../../api/http';
import { ActionButton } from '../../app/ActionButton';
import { useRight } from '../../app/hooks';
import { MissingPage } from '../../app/MissingPage';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Failure, Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { noon } from '../../url/day';
import { ClientRules } from './ClientRules';
import { RuleState } from './ConfirmationState';
import { RuleConfirm } from './RuleConfirm';
import { RuleEditForm } from './RuleEditForm';
import { useRuleWords } from './rulewords';

/** One rule: what it says, who stands for it, its changes, and for whom something else holds. */
export function RulePage({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const key = ['deadlineRule', id];
	const { data, error, refetch } = useQuery({
		queryKey: key,
		queryFn: ({ signal }) => fetchDeadlineRule(http, id, signal),
		staleTime: 0,
	});
	const changed = async () => {
		await queries.invalidateQueries({ queryKey: key });
		await queries.invalidateQueries({ queryKey: ['deadlineRules'] });
		await queries.invalidateQueries({ queryKey: ['deadlines'] });
	};
	if (error instanceof ApiError && error.status === 404) return <MissingPage />;
	return (
		<div className={parts.part}>
			<Link className={parts.back} href="/deadlines/rules">
				<ArrowLeft size={15} aria-hidden="true" />
				{t('due.rules')}
			</Link>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('due.rulesLoading')} rows={6} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<>
					<About key={data.rule.version} rule={data.rule} onChanged={changed} />
					<ClientRules rule={data.rule} onChanged={changed} />
					<History changes={data.history} />
				</>
			)}
		</div>
	);
}

interface RulePartProps {
	readonly rule: DeadlineRule;
	readonly onChanged: () => Promise<void>;
}

function About({ rule, onChanged }: RulePartProps) {
	const { t } = useSpeech();
	const may = useRight('deadlines.edit');
	const [editing, setEditing] = useState(false);
	return (
		<section className={parts.card} aria-labelledby="rule" data-testid="rule" data-rule={rule.id} data-confirmed={rule.confirmed}>
			<div className={parts.bar}>
				<h2 id="rule">{rule.name}</h2>
				<RuleState rule={rule} />
			</div>
			<RuleFacts rule={rule} />
			{!rule.confirmed && (
				<Telling kind="warning" testId="rule-unconfirmed">
					{t('due.templateLong')}
				</Telling>
			)}
			{!may && <p className={parts.muted}>{t('due.readOnly')}</p>}
			{may && !editing && (
				<>
					<RuleConfirm rule={rule} onChanged={onChanged} />
					<div className={parts.actions}>
						<button type="button" className={controls.button} data-testid="rule-edit" onClick={() => setEditing(true)}>
							<Pencil size={15} aria-hidden="true" />
							{t('due.edit')}
						</button>
						<RuleSwitch rule={rule} onChanged={onChanged} />
					</div>
				</>
			)}
			{editing && <RuleEditForm rule={rule} onCancel={() => setEditing(false)} onChanged={onChanged} />}
		</section>
	);
}

function RuleFacts({ rule }: { readonly rule: DeadlineRule }) {
	const { t, format } = useSpeech();
	const words = useRuleWords();
	const { confirm } = rule;
	const confidence = (['S', 'M', 'U'] as const).find((one) => one === rule.confidence) ?? 'U';
	return (
		<dl className={parts.facts}>
			<Fact name={t('due.whenDue')}>{words.sentence(rule)}</Fact>
			{rule.who !== '' && <Fact name={t('due.who')}>{rule.who}</Fact>}
			{rule.legalBasis.length > 0 && <Fact name={t('due.basis')}>{rule.legalBasis.join('; ')}</Fact>}
			{rule.source !== '' && <Fact name={t('due.source')}>{rule.source}</Fact>}
			<Fact name={t('due.confidence')}>
				{t(`due.sure.${confidence}`)}
				{rule.mustRecheck && ` – ${t('due.recheck')}`}
			</Fact>
			{rule.note !== '' && <Fact name={t('due.note')}>{rule.note}</Fact>}
			{confirm !== null && (
				<Fact name={t('due.confirmedBy')}>
					{t('due.confirmedWhen', { who: confirm.by, time: confirm.at === null ? '–' : format.dateTime(confirm.at) })}
					{confirm.source !== '' && ` – ${confirm.source}`}
					{confirm.validUntil !== null && ` (${t('due.until', { date: format.date(noon(confirm.validUntil)) })})`}
				</Fact>
			)}
		</dl>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function RuleSwitch({ rule, onChanged }: RulePartProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	return (
		<>
			<ActionButton
				className={controls.button}
				working={working}
				data-testid="rule-enabled"
				aria-pressed={rule.enabled}
				onClick={() =>
					void send(async () => {
						await changeDeadlineRule(http, rule, { ...editOf(rule), enabled: !rule.enabled }, '');
						await onChanged();
					})
				}
			>
				<Power size={15} aria-hidden="true" />
				{t(rule.enabled ? 'due.switchOff' : 'due.switchOn')}
			</ActionButton>
			<Failure error={error} />
		</>
	);
}

function History({ changes }: { readonly changes: readonly RuleChange[] }) {
	const { t, format } = useSpeech();
	if (changes.length === 0) return null;
	return (
		<section className={parts.card} aria-labelledby="history">
			<h2 id="history">{t('due.history')}</h2>
			<ul className={parts.rows}>
				{changes.map((one) => (
					<li key={one.version} className={parts.row}>
						<b>{t(`due.change.${one.kind}`)}</b>
						<p className={parts.muted}>
							{t('due.confirmedWhen', { who: one.by, time: one.at === null ? '–' : format.dateTime(one.at) })}
							{one.reason !== '' && ` – ${one.reason}`}
						</p>
					</li>
				))}
			</ul>
		</section>
	);
}
