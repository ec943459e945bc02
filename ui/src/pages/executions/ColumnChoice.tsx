import { Columns3 } from 'lucide-react';
import controls from '../../design/controls.module.css';
import { Popup } from '../../design/Popup';
import { useSpeech } from '../../i18n/language';
import { COLUMNS, type Column } from '../../url/columns';

interface ColumnChoiceProps {
	readonly columns: readonly Column[] | null;
	readonly onChange: (columns: readonly Column[] | null) => void;
}

/** Chooses the columns of the list. The workflow leads to the execution, so it stays. */
export function ColumnChoice({ columns, onChange }: ColumnChoiceProps) {
	const { t } = useSpeech();
	const shown = columns ?? COLUMNS;
	const toggle = (column: Column) =>
		onChange(COLUMNS.filter((one) => (one === column ? !shown.includes(one) : shown.includes(one))));
	return (
		<Popup label={t('list.columns')} icon={Columns3} testId="columns">
			<fieldset className={controls.checks}>
				<legend className="visually-hidden">{t('list.columns')}</legend>
				{COLUMNS.map((column) => (
					<label key={column}>
						<input
							type="checkbox"
							name="column"
							value={column}
							checked={shown.includes(column)}
							disabled={column === 'workflow'}
							onChange={() => toggle(column)}
						/>
						{t(`list.col.${column}`)}
					</label>
				))}
			</fieldset>
			<button type="button" className={controls.button} disabled={columns === null} onClick={() => onChange(null)}>
				{t('list.columnsUsual')}
			</button>
		</Popup>
	);
}
