import { useInfiniteQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type ClientRule, type DeadlineRule, fetchClientRules, removeClientRule } from '../../api/deadlines';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { Confirm } from '../../forms/Confirm';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { ClientRuleForm } from './ClientRuleForm';
import styles from './deadlines.module.css';
import { useRuleWords } from './rulewords';

interface ClientRulesProps {
	readonly rule: DeadlineRule;
	readonly onChanged: () => Promise<void>;
}

/** For which clients something else holds than the rule says, and on what ground. */
export function ClientRules({ rule, onChanged }: ClientRulesProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const may = useRight('deadlines.edit');
	const [making, setMaking] = useState(false);
	const pages = useInfiniteQuery({
		queryKey: ['clientRules', rule.id],
		queryFn: ({ pageParam, signal }) => fetchClientRules(http, rule.id, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (last) => last.next,
		staleTime: 0,
	});
	const changed = async () => {
		await pages.refetch();
		await onChanged();
	};
	const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
	return (
		<section className={parts.card} aria-labelledby="client-rules">
			<div className={parts.bar}>
				<h2 id="client-rules">{t('due.exceptions')}</h2>
				{may && !making && (
					<button type="button" className={controls.button} data-testid="client-rule-new" onClick={() => setMaking(true)}>
						<Plus size={15} aria-hidden="true" />
						{t('due.exceptionNew')}
					</button>
				)}
			</div>
			<p className={parts.lead}>{t('due.exceptionsLead')}</p>
			{making && <ClientRuleForm rule={rule} onCancel={() => setMaking(false)} onMade={changed} />}
			{pages.data === undefined &&
				(pages.error === null ? (
					<Skeleton label={t('due.rulesLoading')} rows={2} />
				) : (
					<FetchFailure error={pages.error} onRetry={() => void pages.refetch()} />
				))}
			{pages.data !== undefined && items.length === 0 && <p className={parts.muted}>{t('due.noExceptions')}</p>}
			{items.length > 0 && (
				<ul className={parts.rows}>
					{items.map((one) => (
						<ClientRuleRow key={one.client} one={one} rule={rule} may={may} onChanged={changed} />
					))}
				</ul>
			)}
			<OlderButton pages={pages} />
		</section>
	);
}

interface ClientRuleRowProps extends ClientRulesProps {
	readonly one: ClientRule;
	readonly may: boolean;
}

function ClientRuleRow({ one, rule, may, onChanged }: ClientRuleRowProps) {
	const { t, format } = useSpeech();
	const { http } = useServices();
	const words = useRuleWords();
	const said = [
		...(one.applies ? [] : [t('due.notConcerned')]),
		...(one.due === null ? [] : [words.due(one.due)]),
		...(one.fiscalYearEnd === null ? [] : [t('due.yearEnds', { month: format.monthName(one.fiscalYearEnd) })]),
		...(one.exceptions === 0 ? [] : [t('due.otherDays', { n: one.exceptions })]),
	];
	return (
		<li className={`${parts.row} ${styles.exception}`} data-testid="client-rule" data-client={one.client}>
			<div className={parts.main}>
				<b>{one.client}</b>
				<span>{said.join('; ')}</span>
				<span className={parts.muted}>
					{[one.reason, one.docRef].filter((text) => text !== '').join(' · ')}
					{' – '}
					{t('due.confirmedWhen', { who: one.by, time: one.at === null ? '–' : format.dateTime(one.at) })}
				</span>
			</div>
			{may && (
				<Confirm
					label={t('due.exceptionRemove')}
					icon={Trash2}
					question={t('due.exceptionAsk', { client: one.client })}
					action={t('due.exceptionRemove')}
					testId="client-rule-remove"
					work={async () => {
						await removeClientRule(http, rule.id, one);
						await onChanged();
					}}
				/>
			)}
		</li>
	);
}
