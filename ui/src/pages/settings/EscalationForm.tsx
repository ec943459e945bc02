import { Plus, X } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Destination, Escalation } from '../../api/office';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { type FaultOf, numberOf, OfficeFields, type OfficeState } from '../../office/OfficeFields';
import { Area } from './Area';
import { linesOf } from './MaskingForm';

const LEVELS_MAX = 10;
const NEW: Escalation = { afterMinutes: 30, channels: [], workingHours: null };

/** A level of the form, and its number among all that the form ever had: the name of its controls. */
interface Level {
	readonly key: number;
	readonly first: Escalation;
}

/** Whom an alert goes to that nobody took care of: level by level. */
export function EscalationForm(state: OfficeState) {
	const { t } = useSpeech();
	const stored = state.settings.escalation;
	const [levels, setLevels] = useState<readonly Level[]>(() => stored.map((first, key) => ({ key, first })));
	const made = useRef(stored.length);
	const add = () => {
		setLevels([...levels, { key: made.current, first: NEW }]);
		made.current += 1;
	};
	return (
		<OfficeFields
			{...state}
			testId="escalation-form"
			changeOf={(value) => ({ escalation: levels.map((level) => levelOf(level, value)) })}
			actions={
				levels.length < LEVELS_MAX && (
					<button type="button" className={controls.button} data-testid="escalation-add" onClick={add}>
						<Plus size={15} aria-hidden="true" />
						{t('escalation.add')}
					</button>
				)
			}
		>
			{(fault) => (
				<>
					{levels.length === 0 && (
						<p className={styles.muted} data-wide="">
							{t('escalation.none')}
						</p>
					)}
					{levels.map((level, n) => (
						<LevelFields
							key={level.key}
							level={level}
							place={n}
							fault={fault}
							onRemove={() => setLevels(levels.filter(({ key }) => key !== level.key))}
						/>
					))}
				</>
			)}
		</OfficeFields>
	);
}

interface LevelFieldsProps {
	readonly level: Level;
	readonly place: number;
	readonly fault: FaultOf;
	readonly onRemove: () => void;
}

function LevelFields({ level: { key, first }, place, fault, onRemove }: LevelFieldsProps) {
	const { t, format } = useSpeech();
	const [hours, setHours] = useState(first.workingHours !== null);
	const at = `escalation[${place}]`;
	const lines = Array.from({ length: CHANNELS_MAX }, (_, n) => fault(`${at}.channels[${n}]`));
	return (
		<fieldset className={`${styles.group} ${styles.own}`} data-wide="" data-testid="escalation-level">
			<legend>{t('escalation.level', { n: place + 1 })}</legend>
			<div className={styles.fields}>
				<Line
					name={`afterMinutes.${key}`}
					label={t('escalation.after')}
					inputMode="numeric"
					defaultValue={typeof first.afterMinutes === 'number' ? format.plain(first.afterMinutes) : first.afterMinutes}
					fault={fault(`${at}.afterMinutes`)}
				/>
				<div data-wide="">
					<Area
						name={`channels.${key}`}
						label={t('escalation.channels')}
						hint={t('escalation.channelsHint')}
						first={first.channels.map(lineOf).join('\n')}
						fault={fault(`${at}.channels`) ?? lines.find((one) => one !== undefined)}
					/>
				</div>
				<label className={styles.choice} data-wide="">
					<input
						type="checkbox"
						name={`hours.${key}`}
						value="on"
						checked={hours}
						onChange={(event) => setHours(event.target.checked)}
					/>
					<span>
						<b>{t('escalation.hours')}</b>
						<small>{t('escalation.hoursHint')}</small>
					</span>
				</label>
				{hours && (
					<>
						<Line
							name={`from.${key}`}
							type="time"
							label={t('silences.from')}
							defaultValue={first.workingHours?.from ?? '08:00'}
							fault={fault(`${at}.workingHours`)}
						/>
						<Line name={`to.${key}`} type="time" label={t('silences.to')} defaultValue={first.workingHours?.to ?? '16:00'} />
					</>
				)}
			</div>
			<button type="button" className={`${controls.button} ${controls.plain}`} data-testid="escalation-remove" onClick={onRemove}>
				<X size={14} aria-hidden="true" />
				{t('escalation.remove')}
			</button>
		</fieldset>
	);
}

const CHANNELS_MAX = 20;

/** A destination as one line: a text as it is, a channel by its type and what it is set to. */
export function lineOf(destination: Destination): string {
	if (typeof destination === 'string') return destination;
	return `${String(destination.type)}: ${JSON.stringify(destination.config)}`;
}

/** The level as it is written. Lines that were not touched stay what they were stored as. */
export function levelOf({ key, first }: Level, value: (name: string) => string): Escalation {
	const known = new Map(first.channels.map((one) => [lineOf(one), one]));
	return {
		afterMinutes: numberOf(value(`afterMinutes.${key}`)),
		channels: linesOf(value(`channels.${key}`)).map((line) => known.get(line) ?? line),
		workingHours: value(`hours.${key}`) === '' ? null : { from: value(`from.${key}`), to: value(`to.${key}`) },
	};
}
