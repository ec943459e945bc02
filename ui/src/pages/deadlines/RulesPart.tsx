import { useQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type DeadlineRule, fetchDeadlineRules } from '../../api/deadlines';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { RuleState } from './ConfirmationState';
import styles from './deadlines.module.css';
import { useRuleWords } from './rulewords';

const SHOWN = ['all', 'template', 'confirmed', 'off'] as const;
type Shown = (typeof SHOWN)[number];

const SHOWS: Readonly<Record<Shown, (rule: DeadlineRule) => boolean>> = {
	all: () => true,
	template: (rule) => rule.enabled && !rule.confirmed,
	confirmed: (rule) => rule.confirmed,
	off: (rule) => !rule.enabled,
};

/** All rules of deadlines: which are on, and who stands for them. */
export function RulesPart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['deadlineRules'],
		queryFn: ({ signal }) => fetchDeadlineRules(http, signal),
		staleTime: 0,
	});
	if (data === undefined) {
		return error === null ? (
			<Skeleton label={t('due.rulesLoading')} rows={8} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	return <Rules rules={data} />;
}

function Rules({ rules }: { readonly rules: readonly DeadlineRule[] }) {
	const { t } = useSpeech();
	const [shown, setShown] = useState<Shown>('all');
	const [wanted, setWanted] = useState('');
	const templates = rules.filter(SHOWS.template).length;
	const text = wanted.trim().toLowerCase();
	const items = rules
		.filter(SHOWS[shown])
		.filter((rule) => text === '' || `${rule.name} ${rule.category} ${rule.id}`.toLowerCase().includes(text));
	return (
		<div className={styles.part}>
			{templates > 0 && (
				<Telling kind="warning" testId="rules-unconfirmed">
					{t('due.rulesUnconfirmed', { n: templates })}
				</Telling>
			)}
			<search className={styles.filters}>
				<label className={controls.field}>
					{t('due.ruleSearch')}
					<input
						type="search"
						className={controls.input}
						value={wanted}
						autoComplete="off"
						onChange={(event) => setWanted(event.target.value)}
					/>
				</label>
				<label className={controls.field}>
					{t('due.ruleShown')}
					<select className={controls.select} value={shown} onChange={(event) => setShown(event.target.value as Shown)}>
						{SHOWN.map((one) => (
							<option key={one} value={one}>
								{t(`due.show.${one}`)} ({rules.filter(SHOWS[one]).length})
							</option>
						))}
					</select>
				</label>
			</search>
			{items.length === 0 ? (
				<Notice icon={SearchX} title={t('due.noRules')} />
			) : (
				<ul className={parts.rows}>
					{items.map((rule) => (
						<RuleRow key={rule.id} rule={rule} />
					))}
				</ul>
			)}
		</div>
	);
}

function RuleRow({ rule }: { readonly rule: DeadlineRule }) {
	const words = useRuleWords();
	return (
		<li
			className={`${parts.row} ${styles.rule}`}
			data-testid="deadline-rule"
			data-rule={rule.id}
			data-confirmed={rule.confirmed}
			data-enabled={rule.enabled}
		>
			<div className={parts.main}>
				<Link href={`/deadlines/rules/${encodeURIComponent(rule.id)}`}>{rule.name}</Link>
				<span className={styles.muted}>{words.sentence(rule)}</span>
			</div>
			<span className={styles.category}>{rule.category}</span>
			<RuleState rule={rule} />
		</li>
	);
}
