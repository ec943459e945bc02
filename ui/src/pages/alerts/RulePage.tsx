import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, SearchX, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import styles from '../../alerts/alerts.module.css';
import { RuleTest } from '../../alerts/RuleTest';
import { ApiError } from '../../api/http';
import { deleteRule, fetchRule, type Rule } from '../../api/rules';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import { FetchFailure, Notice } from '../../design/Notice';
import { SeverityBadge } from '../../design/Severity';
import { Skeleton } from '../../design/Skeleton';
import { Confirm } from '../../forms/Confirm';
import parts from '../../forms/parts.module.css';
import { useHeld } from '../../forms/useHeld';
import { useSpeech } from '../../i18n/language';
import { Presets } from './Presets';
import { RuleForm } from './RuleForm';
import { RuleSwitch } from './RulesPart';
import { draftOf, newDraft, type RuleDraft } from './ruledraft';
import { useRuleSentence } from './sentence';

const LIST = '/alerts/rules';

/** A new rule (id "new"), or one that there is. */
export function RulePage({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	return (
		<div className={styles.part}>
			<Link className={parts.back} href={LIST}>
				<ArrowLeft size={15} aria-hidden="true" />
				{t('alerts.rules')}
			</Link>
			{id === 'new' ? <NewRule /> : <OneRule key={id} id={id} />}
		</div>
	);
}

function NewRule() {
	const { t } = useSpeech();
	const { queries } = useServices();
	const may = useRight('alerts.manage');
	const [, navigate] = useLocation();
	const workflow = new URLSearchParams(useSearch()).get('workflow') ?? '';
	const [start, setStart] = useState<{ readonly n: number; readonly draft: RuleDraft }>({ n: 0, draft: newDraft(workflow) });
	if (!may) return <Notice icon={SearchX} title={t('settings.forbidden')} />;
	return (
		<>
			<h2 className={styles.title}>{t('rules.new')}</h2>
			<Presets onChoose={(rule) => setStart(({ n }) => ({ n: n + 1, draft: draftOf(rule) }))} />
			<RuleForm
				// A preset begins the form anew.
				key={start.n}
				rule={null}
				first={start.draft}
				onSaved={async () => {
					await queries.invalidateQueries({ queryKey: ['rules'] });
					navigate(LIST);
				}}
				onStale={() => {}}
			/>
		</>
	);
}

function OneRule({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('alerts.manage');
	const [, navigate] = useLocation();
	const [told, setTold] = useState(false);
	const query = useQuery({
		queryKey: ['rules', id],
		queryFn: ({ signal }) => fetchRule(http, id, signal),
		staleTime: 0,
		refetchOnMount: 'always',
	});
	const { error, refetch } = query;
	const { value: data, generation, keep, renew } = useHeld(query);
	if (data === undefined) {
		if (error === null) return <Skeleton label={t('rules.loading')} rows={5} />;
		if (error instanceof ApiError && error.status === 404) return <Notice icon={SearchX} title={t('rules.gone')} />;
		return <FetchFailure error={error} onRetry={() => void refetch()} />;
	}
	const changed = (rule?: Rule) => {
		if (rule !== undefined) keep(rule);
		// Another state is shown; a switch that only failed takes nothing away.
		else void refetch().then(({ data: now, isSuccess }) => isSuccess && now.version !== data.version && keep(now, true));
		void queries.invalidateQueries({ queryKey: ['rules'], exact: true });
	};
	return (
		<>
			<div className={styles.ruleHead}>
				<RuleSwitch rule={data} onChanged={changed} />
				<h2 className={styles.title}>{data.name}</h2>
				{data.builtin !== '' && <span className={parts.badge}>{t('rules.builtin')}</span>}
			</div>
			{may ? (
				<RuleForm
					key={generation}
					rule={data}
					first={draftOf(data)}
					saved={told}
					onSaved={(rule) => {
						setTold(true);
						keep(rule, true);
						queries.setQueryData(['rules', id], rule);
						void queries.invalidateQueries({ queryKey: ['rules'], exact: true });
					}}
					onStale={() => {
						setTold(false);
						renew();
					}}
				/>
			) : (
				<ReadRule rule={data} />
			)}
			{may && <RuleTest rule={data} />}
			{may && data.builtin === '' && (
				<section className={parts.card} aria-label={t('rules.delete')}>
					<p className={parts.lead}>{t('rules.deleteHint')}</p>
					<div>
						<Confirm
							label={t('rules.delete')}
							icon={Trash2}
							question={t('rules.deleteAsk', { name: data.name })}
							action={t('rules.delete')}
							testId="rule-delete"
							work={async () => {
								await deleteRule(http, id);
								navigate(LIST);
								await queries.invalidateQueries({ queryKey: ['rules'], exact: true });
							}}
						/>
					</div>
				</section>
			)}
		</>
	);
}

/** A rule for those who may not change it. */
function ReadRule({ rule }: { readonly rule: Rule }) {
	const { t } = useSpeech();
	const sentence = useRuleSentence();
	return (
		<section className={parts.card} aria-label={rule.name}>
			<p className={styles.said}>{sentence(rule)}</p>
			<p className={styles.badges}>
				<SeverityBadge severity={rule.severity} />
				<span className={styles.muted}>{t('rules.cooldownIs', { n: rule.cooldownMinutes })}</span>
			</p>
		</section>
	);
}
