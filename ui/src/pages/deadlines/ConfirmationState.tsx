import type { DeadlineRule } from '../../api/deadlines';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

/** Whether somebody stands for a rule, and whether it is on. */
export function RuleState({ rule }: { readonly rule: DeadlineRule }) {
	const { t } = useSpeech();
	return (
		<span className={parts.badges}>
			<span className={parts.badge} data-kind={rule.confirmed ? 'good' : 'warning'}>
				{t(rule.confirmed ? 'due.confirmed' : 'due.template')}
			</span>
			{!rule.enabled && <span className={parts.badge}>{t('due.switchedOff')}</span>}
			{rule.office && <span className={parts.badge}>{t('due.ofOffice')}</span>}
			{rule.newTemplate && (
				<span className={parts.badge} data-kind="warning">
					{t('due.newTemplate')}
				</span>
			)}
		</span>
	);
}
