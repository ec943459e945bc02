import { BadgeCheck } from 'lucide-react';
import type { FormEvent } from 'react';
import { confirmRule, type DeadlineRule } from '../../api/deadlines';
import { ApiError } from '../../api/http';
import { useServices } from '../../app/services';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { parseDay } from '../../url/day';

interface RuleConfirmProps {
	readonly rule: DeadlineRule;
	readonly onChanged: () => Promise<void>;
}

/** The person who sends it stands for the rule as it is now. */
export function RuleConfirm({ rule, onChanged }: RuleConfirmProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const late = error instanceof ApiError && error.fields.some(({ location }) => location === 'body.validUntil');
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		void send(async () => {
			await confirmRule(http, rule, { source: value('source').trim(), validUntil: parseDay(value('validUntil')) });
			await onChanged();
		});
	};
	return (
		<form ref={form} className={parts.fields} data-testid="rule-confirm" noValidate onSubmit={submit}>
			<Line name="source" label={t('due.confirmSource')} hint={t('due.confirmSourceHint')} autoComplete="off" />
			<Line
				name="validUntil"
				type="date"
				label={t('due.confirmUntil')}
				hint={t('due.confirmUntilHint')}
				fault={late ? t('due.fault.past') : undefined}
			/>
			<div className={parts.stack} data-wide="">
				<Failure error={error} />
				<SubmitRow icon={BadgeCheck} label={t(rule.confirmed ? 'due.confirmAgain' : 'due.confirm')} working={working}>
					<span className={parts.hint}>{t('due.confirmHint')}</span>
				</SubmitRow>
			</div>
		</form>
	);
}
