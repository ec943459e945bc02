import { ChevronLeft, ChevronRight, TriangleAlert, X } from 'lucide-react';
import type { Deadline } from '../../api/deadlines';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { addMonths, type Month, noon } from '../../url/day';
import { ALL_DEADLINES, type DeadlineFilter, serializeDeadlineFilter } from '../../url/deadlinefilter';
import { ViewTools } from '../../views/ViewTools';
import { categoriesOf } from './arrange';
import styles from './deadlines.module.css';
import type { ChangeFilter } from './useDeadlineFilter';

interface DeadlineFilterBarProps {
	readonly filter: DeadlineFilter;
	readonly month: Month;
	readonly items: readonly Deadline[];
	readonly onChange: ChangeFilter;
}

/** The month, and what of it is shown. */
export function DeadlineFilterBar({ filter, month, items, onChange }: DeadlineFilterBarProps) {
	const { t } = useSpeech();
	const narrow = filter.type !== '' || filter.client !== '' || filter.endangered || filter.day !== null;
	return (
		<search className={styles.filters}>
			<Months month={month} onChange={(next) => onChange({ month: next, day: null, open: '' })} />
			<TypeField value={filter.type} items={items} onChange={(type) => onChange({ type })} />
			<label className={controls.field}>
				{t('list.client')}
				<input
					key={filter.client}
					name="client"
					className={controls.input}
					defaultValue={filter.client}
					placeholder={t('due.allClients')}
					autoComplete="off"
					spellCheck={false}
					onBlur={(event) => event.target.value.trim() !== filter.client && onChange({ client: event.target.value.trim() })}
					onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
				/>
			</label>
			<button
				type="button"
				className={`${controls.button} ${styles.toggle}`}
				data-testid="due-endangered"
				aria-pressed={filter.endangered}
				onClick={() => onChange({ endangered: !filter.endangered })}
			>
				<TriangleAlert size={15} aria-hidden="true" />
				{t('due.endangered')}
			</button>
			<button
				type="button"
				className={`${controls.button} ${controls.plain}`}
				disabled={!narrow}
				onClick={() => onChange({ ...ALL_DEADLINES, month: filter.month })}
			>
				<X size={15} aria-hidden="true" />
				{t('list.clear')}
			</button>
			<ViewTools page="deadlines" query={serializeDeadlineFilter(filter)} />
		</search>
	);
}

function Months({ month, onChange }: { readonly month: Month; readonly onChange: (month: Month | null) => void }) {
	const { t, format } = useSpeech();
	return (
		<fieldset className={styles.months}>
			<legend className="visually-hidden">{t('due.month')}</legend>
			<button type="button" className={controls.button} data-testid="month-before" onClick={() => onChange(addMonths(month, -1))}>
				<ChevronLeft size={16} aria-hidden="true" />
				<span className="visually-hidden">{t('due.monthBefore')}</span>
			</button>
			<output className={styles.month} data-testid="due-month" data-value={month}>
				{format.monthYear(noon(`${month}-01`))}
			</output>
			<button type="button" className={controls.button} data-testid="month-after" onClick={() => onChange(addMonths(month, 1))}>
				<ChevronRight size={16} aria-hidden="true" />
				<span className="visually-hidden">{t('due.monthAfter')}</span>
			</button>
			<button type="button" className={controls.button} onClick={() => onChange(null)}>
				{t('due.thisMonth')}
			</button>
		</fieldset>
	);
}

interface TypeFieldProps {
	readonly value: string;
	readonly items: readonly Deadline[];
	readonly onChange: (type: string) => void;
}

function TypeField({ value, items, onChange }: TypeFieldProps) {
	const { t } = useSpeech();
	const categories = categoriesOf(items);
	return (
		<label className={controls.field}>
			{t('due.type')}
			<select name="type" className={controls.select} value={value} onChange={(event) => onChange(event.target.value)}>
				<option value="">{t('due.allTypes')}</option>
				{value !== '' && !categories.includes(value) && <option value={value}>{value}</option>}
				{categories.map((one) => (
					<option key={one} value={one}>
						{one}
					</option>
				))}
			</select>
		</label>
	);
}
