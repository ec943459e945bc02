import { CHANNELS, type ChannelType } from '../../api/deliveries';
import { ApiError } from '../../api/http';
import type { Json } from '../../api/read';
import { text, texts } from '../../api/read';
import {
	type Channel,
	type Condition,
	OPERATORS,
	type Operator,
	type Rule,
	type RuleChange,
	type RuleType,
} from '../../api/rules';
import type { Severity } from '../../api/severity';
import { impliedUnit, SHAPES, unitsOf, usualSeverity } from './ruleshape';

/** A condition as it is being written. */
export interface ConditionDraft {
	/** Tells conditions apart while they are written. */
	readonly key: number;
	readonly metric: string;
	readonly operator: Operator;
	readonly threshold: string;
	readonly unit: string;
	readonly window: string;
	readonly consecutive: string;
	readonly sample: string;
}

/** A channel as it is being written. */
export interface ChannelDraft {
	readonly on: boolean;
	/** Addresses, numbers or the URL. */
	readonly to: string;
	/** A new secret; '' keeps the one that is stored. */
	readonly secret: string;
	readonly dropSecret: boolean;
	/** As it came from the server. */
	readonly config: Json;
	/** Further channels of the type, which stay as they are. */
	readonly others: readonly Channel[];
}

export interface RuleDraft {
	readonly name: string;
	readonly type: RuleType;
	readonly workflowId: string;
	/** null: the one that is usual for the type. */
	readonly severity: Severity | null;
	readonly cooldown: string;
	readonly conditions: readonly ConditionDraft[];
	readonly channels: Readonly<Record<ChannelType, ChannelDraft>>;
}

/** The member of a channel's settings that says where its messages go. */
const PLACES = { email: 'to', sms: 'to', slack: 'webhookUrl', webhook: 'url', in_app: '' } as const;

const COOLDOWN = '15';

export function newDraft(workflowId: string): RuleDraft {
	return {
		name: '',
		type: 'execution_failed',
		workflowId,
		severity: null,
		cooldown: COOLDOWN,
		conditions: [],
		channels: channelDrafts([{ type: 'in_app', config: {} }]),
	};
}

export function draftOf(rule: Rule): RuleDraft {
	return {
		name: rule.name,
		type: rule.type,
		workflowId: rule.workflowId,
		severity: rule.severity,
		cooldown: String(rule.cooldownMinutes),
		conditions: rule.conditions.map((condition, key) => conditionDraft(rule.type, condition, key)),
		channels: channelDrafts(rule.channels),
	};
}

/** The draft of another type: what belongs to the type begins anew, the rest stays. */
export function retyped(draft: RuleDraft, type: RuleType): RuleDraft {
	const asks = SHAPES[type].threshold || SHAPES[type].consecutive;
	return { ...draft, type, severity: null, conditions: asks ? [emptyCondition(type, 0)] : [] };
}

export function emptyCondition(type: RuleType, key: number): ConditionDraft {
	const metric = SHAPES[type].metrics[0] ?? '';
	return {
		key,
		metric,
		operator: 'gt',
		threshold: type === 'high_error_rate' ? '20' : '',
		unit: unitsOf(type, metric)[0] ?? '',
		window: SHAPES[type].window === 'must' ? '60' : '',
		consecutive: '3',
		sample: '10',
	};
}

function conditionDraft(type: RuleType, condition: Condition, key: number): ConditionDraft {
	const empty = emptyCondition(type, key);
	const metric = condition.metric || empty.metric;
	const written = (n: number | null, otherwise: string) => (n === null ? otherwise : String(n).replace('.', ','));
	return {
		key,
		metric,
		operator: condition.operator ?? 'gt',
		threshold: written(condition.threshold, ''),
		unit: condition.unit || impliedUnit(type, metric),
		window: written(condition.windowMinutes, empty.window),
		consecutive: written(condition.consecutiveCount, empty.consecutive),
		sample: written(condition.minSample, empty.sample),
	};
}

function channelDrafts(channels: readonly Channel[]): Record<ChannelType, ChannelDraft> {
	const draft = (type: ChannelType): ChannelDraft => {
		const [first, ...others] = channels.filter((one) => one.type === type);
		const config = first?.config ?? {};
		const place = PLACES[type];
		const to = place === '' ? '' : place === 'to' ? texts(config.to).join(', ') : text(config[place]);
		return { on: first !== undefined, to, secret: '', dropSecret: false, config, others };
	};
	return {
		in_app: draft('in_app'),
		email: draft('email'),
		sms: draft('sms'),
		slack: draft('slack'),
		webhook: draft('webhook'),
	};
}

/** What is to be sent. A name that was not written is the suggested one. */
export function changeOf(draft: RuleDraft, suggestion: string): RuleChange {
	const shape = SHAPES[draft.type];
	return {
		alertName: draft.name.trim() || suggestion,
		alertType: draft.type,
		workflowId: draft.workflowId === '' || !shape.ofRuns ? null : draft.workflowId,
		severity: draft.severity ?? usualSeverity(draft.type),
		cooldownMinutes: numberOf(draft.cooldown),
		conditions: draft.conditions.map((one) => conditionOf(draft.type, one)),
		notificationChannels: channelsOf(draft.channels),
	};
}

function conditionOf(type: RuleType, draft: ConditionDraft): Json {
	const shape = SHAPES[type];
	const window = shape.window === 'none' || draft.window.trim() === '' ? {} : { timeWindowMinutes: numberOf(draft.window) };
	const units = unitsOf(type, draft.metric);
	return {
		...(shape.metrics.length > 0 ? { metric: draft.metric } : {}),
		...(shape.operators === 'none' ? {} : { operator: draft.operator }),
		...(shape.threshold && draft.threshold.trim() !== '' ? { threshold: numberOf(draft.threshold) } : {}),
		...(units.length > 0 ? { unit: units.includes(draft.unit) ? draft.unit : units[0] } : {}),
		...window,
		...(shape.consecutive ? { consecutiveCount: numberOf(draft.consecutive) } : {}),
		...(shape.sample ? { minSample: numberOf(draft.sample) } : {}),
	};
}

function channelsOf(drafts: RuleDraft['channels']): Channel[] {
	return CHANNELS.flatMap((type) => {
		const draft = drafts[type];
		return draft.on ? [{ type, config: configOf(type, draft) }, ...draft.others] : [];
	});
}

function configOf(type: ChannelType, draft: ChannelDraft): Json {
	const place = PLACES[type];
	if (place === '') return draft.config;
	const config: Record<string, unknown> = { ...draft.config };
	config[place] = place === 'to' ? parted(draft.to) : draft.to.trim();
	if (draft.dropSecret) delete config.secret;
	if (draft.secret !== '') config.secret = draft.secret;
	return config;
}

/** The parts of a list that somebody wrote with commas, semicolons or line ends. */
function parted(list: string): string[] {
	return list
		.split(/[,;\n]/)
		.map((one) => one.trim())
		.filter((one) => one !== '');
}

/** The number that somebody wrote; a text that is none stays, so that the server refuses it. */
export function numberOf(written: string): number | string {
	const n = Number(written.trim().replace(',', '.'));
	return written.trim() === '' || Number.isNaN(n) ? written.trim() : n;
}

/** The rule that a draft says, for the sentence about it. */
export function ruleOf(draft: RuleDraft): Pick<Rule, 'type' | 'workflowId' | 'conditions' | 'channels' | 'builtin'> {
	const known = (written: string) => {
		const n = numberOf(written);
		return typeof n === 'number' ? n : null;
	};
	return {
		type: draft.type,
		workflowId: SHAPES[draft.type].ofRuns ? draft.workflowId : '',
		builtin: '',
		conditions: draft.conditions.map((one) => ({
			metric: one.metric,
			operator: OPERATORS.find((operator) => operator === one.operator) ?? null,
			threshold: known(one.threshold),
			unit: one.unit,
			windowMinutes: known(one.window),
			consecutiveCount: known(one.consecutive),
			minSample: known(one.sample),
		})),
		channels: channelsOf(draft.channels),
	};
}

/** The controls that are wrong, by their names; of conditions with their place, as in "threshold 0". What belongs to no control is under ''. */
export function wrongControls(error: unknown, draft: RuleDraft): ReadonlyMap<string, string> {
	const wrong = new Map<string, string>();
	if (!(error instanceof ApiError) || error.status !== 422) return wrong;
	const sent = channelsOf(draft.channels);
	for (const { location, message } of error.fields) {
		const path = location.replace(/^body\.(rule\.)?/, '');
		const condition = /^conditions\[(\d+)\]\.(\w+)$/.exec(path);
		const channel = /^notificationChannels\[(\d+)\]\.(?:config\.?(\w*)|type)/.exec(path);
		let name = path;
		if (condition !== null) name = `${condition[2] === 'unit' ? 'threshold' : condition[2]} ${condition[1]}`;
		if (channel !== null) name = channelControl(sent[Number(channel[1])]?.type, channel[2] ?? '');
		if (!wrong.has(name)) wrong.set(name, message);
	}
	return wrong;
}

function channelControl(type: ChannelType | undefined, member: string): string {
	if (type === undefined || type === 'in_app') return 'notificationChannels';
	return member === 'secret' ? 'webhook.secret' : `${type}.${PLACES[type]}`;
}
