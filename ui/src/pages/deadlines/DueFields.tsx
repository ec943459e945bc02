import { useId } from 'react';
import { DUE_TYPES, type Due, type DueNumber, type DueType, numbersOf } from '../../api/deadlines';
import controls from '../../design/controls.module.css';
import { Fault } from '../../forms/Line';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { parseDay } from '../../url/day';

interface DueFieldsProps {
	readonly due: Due;
	/** Which kinds of day can be chosen. */
	readonly types?: readonly DueType[];
	readonly onChange: (due: Due) => void;
	/** Names of numbers that are wrong. */
	readonly faults: ReadonlySet<string>;
}

/** Says which day is meant: its kind, and the numbers that this kind needs. */
export function DueFields({ due, types = DUE_TYPES, onChange, faults }: DueFieldsProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<>
			<div className={parts.line}>
				<label htmlFor={id}>{t('due.dayType')}</label>
				<select
					id={id}
					name="due.type"
					className={controls.select}
					value={due.type}
					onChange={(event) => onChange({ ...due, type: event.target.value as DueType })}
				>
					{types.map((one) => (
						<option key={one} value={one}>
							{t(`due.type.${one}`)}
						</option>
					))}
				</select>
			</div>
			{due.type === 'date' && (
				<div className={parts.line}>
					<label htmlFor={`${id}-date`}>{t('due.number.date')}</label>
					<input
						id={`${id}-date`}
						type="date"
						name="due.date"
						className={controls.input}
						value={due.date ?? ''}
						onChange={(event) => onChange({ ...due, date: parseDay(event.target.value) })}
					/>
				</div>
			)}
			{numbersOf(due.type).map((name) => (
				<NumberField
					key={name}
					name={name}
					value={due[name]}
					wrong={faults.has(name)}
					onChange={(n) => onChange({ ...due, [name]: n })}
				/>
			))}
		</>
	);
}

interface NumberFieldProps {
	readonly name: DueNumber;
	readonly value: number;
	readonly wrong: boolean;
	readonly onChange: (value: number) => void;
}

function NumberField({ name, value, wrong, onChange }: NumberFieldProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<div className={parts.line}>
			<label htmlFor={id}>{t(`due.number.${name}`)}</label>
			<input
				id={id}
				type="number"
				name={`due.${name}`}
				className={controls.input}
				value={value}
				aria-invalid={wrong}
				aria-describedby={`${id}-fault`}
				onChange={(event) => onChange(event.target.valueAsNumber || 0)}
			/>
			<Fault id={`${id}-fault`} text={wrong ? t('due.fault.number') : undefined} />
		</div>
	);
}
