import { SlidersHorizontal, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { AuditFilter } from '../../api/audit';
import { AUDIT_EVENTS, belongsToArea, isAuditEvent } from '../../audit/auditevents';
import controls from '../../design/controls.module.css';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { parseLocal, serializeLocal } from '../../url/localtime';

/** Who acted. */
export interface Who {
	readonly id: string;
	readonly name: string;
}

interface AuditFilterBarProps {
	readonly filter: AuditFilter;
	readonly people: readonly Who[];
	readonly onChange: (change: Partial<AuditFilter>) => void;
}

/** Narrows the audit by time, event and person. On a phone it opens by a button. */
export function AuditFilterBar({ filter, people, onChange }: AuditFilterBarProps) {
	const { t } = useSpeech();
	const { from, to, event, actor } = filter;
	const id = useId();
	const [open, setOpen] = useState(false);
	const some = from !== null || to !== null || event !== '' || actor !== '';
	return (
		<>
			<button
				type="button"
				className={`${controls.button} ${styles.opener}`}
				aria-expanded={open}
				aria-controls={id}
				onClick={() => setOpen(!open)}
			>
				<SlidersHorizontal size={16} aria-hidden="true" />
				{t('list.filters')}
				{some && <span className={styles.badge}>{t('audit.filtered')}</span>}
			</button>
			<search id={id} className={styles.filters} data-open={open}>
				<TimeBound label={t('list.from')} value={from} onChange={(value) => onChange({ from: value })} />
				<TimeBound label={t('list.to')} value={to} onChange={(value) => onChange({ to: value })} />
				<label className={controls.field}>
					{t('audit.event')}
					<select
						className={controls.select}
						name="event"
						value={event}
						onChange={(change) => onChange({ event: change.target.value })}
					>
						<option value="">{t('audit.everyEvent')}</option>
						{event !== '' && !isAuditEvent(event) && <option value={event}>{event}</option>}
						{AUDIT_EVENTS.map((one) => (
							<option key={one} value={one}>
								{belongsToArea(one) ? `\u2003${t(`event.${one}`)}` : t(`event.${one}`)}
							</option>
						))}
					</select>
				</label>
				<label className={controls.field}>
					{t('audit.actor')}
					<select
						className={controls.select}
						name="actor"
						value={actor}
						onChange={(change) => onChange({ actor: change.target.value })}
					>
						<option value="">{t('audit.everybody')}</option>
						{actor !== '' && !people.some(({ id }) => id === actor) && <option value={actor}>{actor}</option>}
						{people.map(({ id, name }) => (
							<option key={id} value={id}>
								{name === 'system' ? t('audit.system') : name || id}
							</option>
						))}
					</select>
				</label>
				<button
					type="button"
					className={`${controls.button} ${controls.plain}`}
					disabled={!some}
					onClick={() => onChange({ from: null, to: null, event: '', actor: '' })}
				>
					<X size={15} aria-hidden="true" />
					{t('list.clear')}
				</button>
			</search>
		</>
	);
}

interface TimeBoundProps {
	readonly label: string;
	readonly value: number | null;
	readonly onChange: (value: number | null) => void;
}

/** Before this year nothing was noted: a year that is still being typed is not asked for. */
const FIRST_YEAR = '2000';

function TimeBound({ label, value, onChange }: TimeBoundProps) {
	const id = useId();
	const shown = value === null ? '' : serializeLocal(value);
	return (
		<div className={controls.field}>
			<label htmlFor={id}>{label}</label>
			<input
				// An own value of the field stays while it is incomplete; another one from outside begins it anew.
				key={value === null ? 'none' : 'some'}
				id={id}
				type="datetime-local"
				className={controls.input}
				defaultValue={shown}
				onBlur={({ target }) => {
					const written = target.value;
					if (written === shown || (written !== '' && written < FIRST_YEAR)) return;
					onChange(parseLocal(written));
				}}
				onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
			/>
		</div>
	);
}
