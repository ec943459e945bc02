import { MoonStar } from 'lucide-react';
import { type FormEvent, useId } from 'react';
import type { MuteWindow } from '../../api/office';
import { filled } from '../../forms/filled';
import { Fault, Line } from '../../forms/Line';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { minuteOf } from '../../url/clocktime';
import { ZONE } from '../../url/localtime';
import { muteFaults } from './faults';
import { WEEKDAYS } from './MuteWindows';

interface MuteWindowFormProps {
	/** Where the new one comes to stand among the others. */
	readonly place: number;
	readonly save: (window: MuteWindow) => Promise<void>;
	/** The present settings are asked for: somebody else changed them. */
	readonly onStale: () => void;
	readonly onDone: () => void;
}

/** A new time without messages that are not urgent: on which days, between which hours, why. */
export function MuteWindowForm({ place, save, onStale, onDone }: MuteWindowFormProps) {
	const { t } = useSpeech();
	const id = useId();
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = muteFaults(error, place, t);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		if (await send(() => save(written(event.currentTarget)))) onDone();
	};
	return (
		<form
			ref={form}
			className={`${parts.card} ${parts.narrow}`}
			data-testid="mute-form"
			noValidate
			onSubmit={(event) => void submit(event)}
		>
			<h3>{t('mute.new')}</h3>
			<div className={parts.fields}>
				<fieldset className={parts.group} data-wide="" {...(faults.weekdays === undefined ? {} : { 'data-invalid': '' })}>
					<legend>{t('mute.days')}</legend>
					<div className={parts.choices}>
						{WEEKDAYS.map((day) => (
							<label key={day} className={parts.choice}>
								<input type="checkbox" name="weekday" value={day} aria-describedby={`${id}-fault`} />
								<span>{t(`mute.day.${day}`)}</span>
							</label>
						))}
					</div>
					<Fault id={`${id}-fault`} text={faults.weekdays} />
				</fieldset>
				<Line name="from" type="time" label={t('silences.from')} defaultValue="20:00" fault={faults.fromMinute} />
				<Line
					name="to"
					type="time"
					label={t('silences.to')}
					hint={t('mute.toHint')}
					defaultValue="07:00"
					fault={faults.toMinute}
				/>
				<label className={parts.choice} data-wide="">
					<input type="checkbox" name="daysOff" value="on" />
					<span>
						<b>{t('mute.daysOff')}</b>
						<small>{t('mute.daysOffHint')}</small>
					</span>
				</label>
				<Line name="reason" label={t('silences.reason')} hint={t('mute.reasonHint')} wide fault={faults.reason} />
			</div>
			<Failure error={error} onStale={onStale} />
			<SubmitRow icon={MoonStar} label={t('mute.make')} working={working} onCancel={onDone} />
		</form>
	);
}

/** The window as the form holds it; an hour that is missing is sent as none, so that the server says so. */
function written(form: HTMLFormElement): MuteWindow {
	const value = filled(form);
	const weekdays = new FormData(form).getAll('weekday').map(Number);
	return {
		id: '',
		zone: ZONE,
		weekdays,
		fromMinute: minuteOf(value('from')) ?? -1,
		toMinute: minuteOf(value('to')) ?? -1,
		daysOff: value('daysOff') !== '',
		reason: value('reason').trim(),
	};
}
