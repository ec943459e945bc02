import { useQuery } from '@tanstack/react-query';
import { ListTree, Plus } from 'lucide-react';
import { Link } from 'wouter';
import styles from '../../alerts/alerts.module.css';
import { changeRule, fetchRules, type Rule } from '../../api/rules';
import { ActionButton } from '../../app/ActionButton';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { SeverityBadge } from '../../design/Severity';
import { Skeleton } from '../../design/Skeleton';
import { Failure } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { useRuleSentence } from './sentence';

/** All rules, each as a sentence, with a switch. */
export function RulesPart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const may = useRight('alerts.manage');
	const { data, error, refetch } = useQuery({
		queryKey: ['rules'],
		queryFn: ({ signal }) => fetchRules(http, signal),
		staleTime: 0,
	});
	return (
		<div className={styles.part}>
			<div className={parts.bar}>
				<h2>
					{t('alerts.rules')}
					{data !== undefined && <span className={parts.count}> · {data.length}</span>}
				</h2>
				{may && (
					<Link className={`${controls.button} ${controls.primary}`} href="/alerts/rules/new" data-testid="rule-new">
						<Plus size={16} aria-hidden="true" />
						{t('rules.new')}
					</Link>
				)}
			</div>
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('rules.loading')} rows={6} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data?.length === 0 && <Notice icon={ListTree} title={t('rules.none')} />}
			{data !== undefined && data.length > 0 && (
				<ul className={parts.rows}>
					{data.map((rule) => (
						<RuleRow key={rule.id} rule={rule} onChanged={() => void refetch()} />
					))}
				</ul>
			)}
		</div>
	);
}

function RuleRow({ rule, onChanged }: { readonly rule: Rule; readonly onChanged: () => void }) {
	const { t } = useSpeech();
	const sentence = useRuleSentence();
	return (
		<li
			className={`${parts.row} ${styles.rule}`}
			data-testid="rule-row"
			data-rule-id={rule.id}
			data-active={rule.active}
			data-builtin={rule.builtin}
		>
			<RuleSwitch rule={rule} onChanged={onChanged} />
			<div className={parts.main}>
				<Link href={`/alerts/rules/${encodeURIComponent(rule.id)}`}>{rule.name}</Link>
				<span className={styles.muted}>{sentence(rule)}</span>
			</div>
			<span className={styles.badges}>
				{rule.builtin !== '' && <span className={parts.badge}>{t('rules.builtin')}</span>}
				<SeverityBadge severity={rule.severity} />
			</span>
		</li>
	);
}

/** Switches a rule on or off; of another version of the rule it tells, and shows that one. */
export function RuleSwitch({ rule, onChanged }: { readonly rule: Rule; readonly onChanged: (changed?: Rule) => void }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const may = useRight('alerts.manage');
	const { working, error, send } = useSending();
	return (
		<div className={styles.switcher}>
			<ActionButton
				role="switch"
				className={styles.switch}
				data-testid="rule-switch"
				aria-checked={rule.active}
				aria-label={t('rules.switch', { name: rule.name })}
				title={t(rule.active ? 'rules.on' : 'rules.off')}
				disabled={!may}
				working={working}
				onClick={async () => {
					let changed: Rule | undefined;
					await send(async () => {
						changed = await changeRule(http, rule, { isActive: !rule.active });
					});
					onChanged(changed);
				}}
			>
				<span />
			</ActionButton>
			<Failure error={error} />
		</div>
	);
}
