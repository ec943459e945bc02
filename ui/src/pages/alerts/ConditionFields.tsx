import { X } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { OPERATORS, type Operator, type RuleType } from '../../api/rules';
import controls from '../../design/controls.module.css';
import { Fault } from '../../forms/Line';
import { useSpeech } from '../../i18n/language';
import type { ConditionDraft } from './ruledraft';
import styles from './ruleform.module.css';
import { SHAPES, unitsOf } from './ruleshape';
import { metricName } from './sentence';

const RISING: readonly Operator[] = ['gt', 'gte'];
const UNITS = ['ms', 's', 'min', 'h', 'percent'] as const;
const META = 'meta.';
/** Kinds that compare more than the page has words for. */
const NAMES_MORE: readonly RuleType[] = ['resource_threshold', 'custom'];

interface ConditionFieldsProps {
	readonly type: RuleType;
	readonly condition: ConditionDraft;
	readonly index: number;
	readonly faultOf: (name: string) => string | undefined;
	readonly onChange: (next: ConditionDraft) => void;
	readonly onRemove: (() => void) | undefined;
}

/** One condition as a part of the rule's sentence: only what its kind needs. */
export function ConditionFields({ type, condition, index, faultOf, onChange, onRemove }: ConditionFieldsProps) {
	const { t } = useSpeech();
	const id = useId();
	const shape = SHAPES[type];
	const units = unitsOf(type, condition.metric);
	const set = (part: Partial<ConditionDraft>) => onChange({ ...condition, ...part });
	const wrong = ['metric', 'operator', 'threshold', 'consecutiveCount', 'timeWindowMinutes', 'minSample'].flatMap(
		(name) => faultOf(name) ?? [],
	);
	const about = wrong.length === 0 ? undefined : id;
	const field = (name: string, label: string, value: string, write: (text: string) => void) => (
		<input
			name={name}
			inputMode="decimal"
			aria-label={label}
			aria-invalid={faultOf(name) !== undefined}
			aria-describedby={about}
			autoComplete="off"
			className={`${controls.input} ${styles.number}`}
			value={value}
			onChange={(event) => write(event.target.value)}
		/>
	);
	return (
		<div>
			<div className={styles.phrase}>
				{index > 0 && <span>{t('rules.and')}</span>}
				{shape.metrics.length > 0 && (
					<Metric type={type} metric={condition.metric} invalid={faultOf('metric') !== undefined} about={about} onChange={set} />
				)}
				{shape.consecutive && (
					<Words text={t('rules.inRow')}>
						{field('consecutiveCount', t('rules.consecutive'), condition.consecutive, (consecutive) => set({ consecutive }))}
					</Words>
				)}
				{type === 'execution_timeout' && <span>{t('rules.within')}</span>}
				{shape.operators !== 'none' && (
					<select
						name="operator"
						aria-label={t('rules.operator')}
						className={controls.select}
						value={condition.operator}
						onChange={(event) => set({ operator: event.target.value as Operator })}
					>
						{OPERATORS.filter((one) => shape.operators === 'all' || RISING.includes(one) || one === condition.operator).map(
							(operator) => (
								<option key={operator} value={operator}>
									{t(`op.${operator}`)}
								</option>
							),
						)}
					</select>
				)}
				{shape.threshold && field('threshold', t('rules.threshold'), condition.threshold, (threshold) => set({ threshold }))}
				<Unit units={units} unit={condition.unit} onChange={(unit) => set({ unit })} />
				{shape.window !== 'none' && (
					<Words text={t(shape.window === 'must' ? 'rules.inWindow' : 'rules.forWindow')}>
						{field('timeWindowMinutes', t('rules.window'), condition.window, (window) => set({ window }))}
					</Words>
				)}
				{shape.sample && (
					<Words text={t('rules.ofSample')}>
						{field('minSample', t('rules.sample'), condition.sample, (sample) => set({ sample }))}
					</Words>
				)}
				{onRemove !== undefined && (
					<button
						type="button"
						className={`${controls.button} ${controls.plain}`}
						title={t('rules.removeCondition')}
						onClick={onRemove}
					>
						<X size={15} aria-hidden="true" />
						<span className="visually-hidden">{t('rules.removeCondition')}</span>
					</button>
				)}
			</div>
			<Fault id={id} text={wrong.length === 0 ? undefined : wrong.join(' ')} />
		</div>
	);
}

/** Words around a field: the text has one "|" where the field stands. */
function Words({ text, children }: { readonly text: string; readonly children: ReactNode }) {
	const [before = '', after = ''] = text.split('|');
	return (
		<>
			{before !== '' && <span>{before}</span>}
			{children}
			{after !== '' && <span>{after}</span>}
		</>
	);
}

interface UnitProps {
	readonly units: readonly string[];
	readonly unit: string;
	readonly onChange: (unit: string) => void;
}

/** The unit of the threshold: a choice where there are several, else a word. */
function Unit({ units, unit, onChange }: UnitProps) {
	const { t } = useSpeech();
	const known = UNITS.filter((one) => units.includes(one));
	const [only] = known;
	if (only === undefined) return null;
	if (known.length === 1) return <span>{t(`unit.${only}`)}</span>;
	return (
		<select
			name="unit"
			aria-label={t('rules.unit')}
			className={controls.select}
			value={units.includes(unit) ? unit : units[0]}
			onChange={(event) => onChange(event.target.value)}
		>
			{known.map((one) => (
				<option key={one} value={one}>
					{t(`unit.${one}`)}
				</option>
			))}
		</select>
	);
}

interface MetricProps {
	readonly type: RuleType;
	readonly metric: string;
	readonly invalid: boolean;
	readonly about: string | undefined;
	readonly onChange: (part: Partial<ConditionDraft>) => void;
}

/** What is compared: one that is known, or, where the type knows more, one by its name. */
function Metric({ type, metric, invalid, about, onChange }: MetricProps) {
	const { t } = useSpeech();
	const { metrics } = SHAPES[type];
	const named = !metrics.includes(metric);
	const prefix = type === 'custom' ? META : '';
	const choose = (next: string) => onChange({ metric: next, unit: unitsOf(type, next)[0] ?? '' });
	return (
		<>
			<select
				name="metric"
				aria-label={t('rules.metric')}
				aria-invalid={invalid && !named}
				className={controls.select}
				value={named ? '' : metric}
				onChange={(event) => choose(event.target.value === '' ? prefix : event.target.value)}
			>
				{metrics.map((one) => (
					<option key={one} value={one}>
						{metricName(one, t)}
					</option>
				))}
				{NAMES_MORE.includes(type) && <option value="">{t(type === 'custom' ? 'rules.meta' : 'rules.otherSeries')}</option>}
			</select>
			{named && (
				<input
					name="metricName"
					aria-label={t(type === 'custom' ? 'rules.metaKey' : 'rules.seriesName')}
					aria-invalid={invalid}
					aria-describedby={about}
					autoComplete="off"
					spellCheck={false}
					className={`${controls.input} ${styles.key}`}
					value={metric.slice(prefix.length)}
					placeholder={type === 'custom' ? 'totalGross' : 'worker.cpu.percent'}
					onChange={(event) => choose(prefix + event.target.value)}
				/>
			)}
		</>
	);
}
