import type { Condition, Operator, Rule } from '../../api/rules';
import { useWorkflows } from '../../app/WorkflowSelect';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import { impliedUnit, knownMetric } from './ruleshape';

export type Said = Pick<Rule, 'type' | 'workflowId' | 'conditions' | 'channels' | 'builtin'>;

const SIGNS: Readonly<Record<Operator, string>> = { gt: '>', gte: '≥', lt: '<', lte: '≤', eq: '=', ne: '≠' };
const UNITS = ['ms', 's', 'min', 'h', 'percent'] as const;
const BUILTINS = [
	'deadline_at_risk',
	'queue_misses_deadline',
	'missed_run',
	'engine_silent',
	'longer_than_usual',
	'channel_broken',
] as const;

/** A rule as a sentence: when it speaks, and to whom. What is not written yet is "…". */
export function ruleSentence(rule: Said, t: Translate, format: Format, nameOf: (workflowId: string) => string): string {
	const when = whenOf(rule, t, format);
	const where = rule.workflowId === '' ? t('rule.anywhere') : t('rule.within', { name: nameOf(rule.workflowId) });
	const kinds = [...new Set(rule.channels.map((one) => one.type))].map((type) => t(`rule.by.${type}`));
	const ofRuns = rule.builtin === '' && rule.type !== 'queue_backlog' && rule.type !== 'resource_threshold';
	const said = ofRuns ? t('rule.whenWithin', { where, when }) : t('rule.when', { when });
	return kinds.length === 0 ? `${said.replace(/\.$/, '')}.` : t('rule.sentence', { said, by: kinds.join(', ') });
}

export function useRuleSentence(): (rule: Said) => string {
	const { t, format } = useSpeech();
	const workflows = useWorkflows();
	return (rule) => ruleSentence(rule, t, format, (id) => workflows.find((one) => one.id === id)?.name ?? id);
}

function whenOf(rule: Said, t: Translate, format: Format): string {
	const builtin = BUILTINS.find((one) => one === rule.builtin);
	if (builtin !== undefined) return t(`builtin.${builtin}`);
	const [first] = rule.conditions;
	const limit = first === undefined ? '…' : limitOf(rule, first, t, format);
	switch (rule.type) {
		case 'execution_failed':
			return t('rule.failed');
		case 'consecutive_failures':
			return t('rule.inRow', { n: first?.consecutiveCount ?? 3 });
		case 'high_error_rate':
			return t('rule.rate', {
				sign: SIGNS[first?.operator ?? 'gt'],
				limit,
				window: first?.windowMinutes ?? 60,
				sample: first?.minSample ?? 10,
			});
		case 'slow_execution':
			return first?.operator === 'lt' || first?.operator === 'lte' ? t('rule.fast', { limit }) : t('rule.slow', { limit });
		case 'execution_timeout':
			return t('rule.timeout', { limit });
		default:
			return rule.conditions.map((one) => comparison(rule, one, t, format)).join(` ${t('rule.and')} `) || '…';
	}
}

function comparison(rule: Said, condition: Condition, t: Translate, format: Format): string {
	const sign = SIGNS[condition.operator ?? 'gt'];
	const said = `${metricName(condition.metric, t)} ${sign} ${limitOf(rule, condition, t, format)}`;
	return condition.windowMinutes === null ? said : t('rule.for', { said, window: condition.windowMinutes });
}

/** The words for what is compared. */
export function metricName(metric: string, t: Translate): string {
	const known = knownMetric(metric);
	if (known !== undefined) return t(`metric.${known}`);
	return metric.startsWith('meta.') ? metric.slice('meta.'.length) : metric;
}

function limitOf(rule: Said, condition: Condition, t: Translate, format: Format): string {
	if (condition.threshold === null) return '…';
	const unit = UNITS.find((one) => one === (condition.unit || impliedUnit(rule.type, condition.metric)));
	if (unit === undefined) return format.number(condition.threshold);
	if (unit === 'percent') return format.percent(condition.threshold);
	return `${format.number(condition.threshold)} ${t(`unit.${unit}`)}`;
}
