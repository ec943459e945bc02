import { useId, useState } from 'react';
import { useSpeech } from '../i18n/language';
import { parseLocal, serializeLocal } from '../url/localtime';
import { type Bounds, named, RANGES, type Range } from '../url/range';
import controls from './controls.module.css';
import styles from './RangePicker.module.css';

interface RangePickerProps {
	readonly range: Range;
	/** What the range is now: a custom one begins with it. */
	readonly bounds: Bounds;
	readonly onChange: (range: Range) => void;
}

/** Chooses a stretch of time: one of the usual ones, or two ends. */
export function RangePicker({ range, bounds, onChange }: RangePickerProps) {
	const { t } = useSpeech();
	const group = useId();
	return (
		<fieldset className={styles.picker}>
			<legend className="visually-hidden">{t('range.label')}</legend>
			<div className={styles.names}>
				{RANGES.map((name) => (
					<label key={name} className={styles.name} data-testid="range" data-value={name}>
						<input
							type="radio"
							name={group}
							value={name}
							checked={range.name === name}
							onChange={() => onChange(name === 'custom' ? { name, from: bounds.start, to: bounds.end } : named(name))}
							// The one that is in effect without a choice can be chosen too.
							onClick={() => range.name === name && name !== 'custom' && onChange(range)}
						/>
						<span>{t(`range.${name}`)}</span>
					</label>
				))}
			</div>
			{range.name === 'custom' && <Ends range={range} onChange={onChange} />}
		</fieldset>
	);
}

interface Draft {
	/** The range that it is to replace; with another one it is void. */
	readonly of: Range;
	readonly from?: string;
	readonly to?: string;
	/** Somebody meant it to count. */
	readonly meant?: boolean;
}

/** Two ends, taken together once they are in order: while one of them is set, the other may still be an old one. */
function Ends({ range, onChange }: Pick<RangePickerProps, 'range' | 'onChange'>) {
	const { t } = useSpeech();
	const id = useId();
	const [latest, setDraft] = useState<Draft>({ of: range });
	const draft = latest.of === range ? latest : { of: range };
	// A text that nobody changed means the instant that it was made of, which it need not tell.
	const instantOf = (which: 'from' | 'to') => {
		const text = draft[which];
		return text === undefined || text === shown(range[which]) ? range[which] : parseLocal(text);
	};
	const [from, to] = [instantOf('from'), instantOf('to')];
	const wrong = draft.meant === true && from !== null && to !== null && from > to;
	const commit = () => {
		if (from === null || to === null || (from === range.from && to === range.to)) return;
		if (from <= to) onChange({ ...range, from, to });
		else setDraft({ ...draft, meant: true });
	};
	return (
		<div className={styles.ends}>
			{(['from', 'to'] as const).map((which) => (
				<label key={which} className={controls.field}>
					{t(`range.${which}`)}
					<input
						className={controls.input}
						type="datetime-local"
						name={which}
						value={draft[which] ?? shown(range[which])}
						aria-invalid={wrong}
						aria-describedby={id}
						onChange={(event) => setDraft({ ...draft, meant: false, [which]: event.target.value })}
						onBlur={commit}
						onKeyDown={(event) => event.key === 'Enter' && commit()}
					/>
				</label>
			))}
			<p id={id} role="status">
				{wrong && t('escalation.fault.hours')}
			</p>
		</div>
	);
}

function shown(end: number | null): string {
	return end === null ? '' : serializeLocal(end);
}
