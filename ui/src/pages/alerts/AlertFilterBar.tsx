import { SlidersHorizontal, X } from 'lucide-react';
import { useId, useState } from 'react';
import styles from '../../alerts/alerts.module.css';
import { ALERT_STATUSES, type AlertFilter } from '../../api/alerts';
import { SEVERITIES } from '../../api/severity';
import { WorkflowSelect } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { AlertStatusBadge, SeverityBadge } from '../../design/Severity';
import { useSpeech } from '../../i18n/language';
import { ALL_ALERTS, serializeAlertFilter, toggled } from '../../url/alertfilter';
import { parseLocal, serializeLocal } from '../../url/localtime';
import { ViewTools } from '../../views/ViewTools';

interface AlertFilterBarProps {
	readonly filter: AlertFilter;
	readonly onChange: (change: Partial<AlertFilter>, replace?: boolean) => void;
}

/** Narrows the alerts by state, severity, workflow and time. On a phone the fields open by a button. */
export function AlertFilterBar({ filter, onChange }: AlertFilterBarProps) {
	const { t } = useSpeech();
	const id = useId();
	const [open, setOpen] = useState(false);
	return (
		<search className={styles.filters}>
			<fieldset className={`${controls.pills} ${controls.row}`}>
				<legend className="visually-hidden">{t('alerts.statusFilter')}</legend>
				{ALERT_STATUSES.map((status) => (
					<button
						key={status}
						type="button"
						data-testid="filter-status"
						data-value={status}
						aria-pressed={filter.status.includes(status)}
						onClick={() => onChange({ status: toggled(filter.status, status) })}
					>
						<AlertStatusBadge status={status} />
					</button>
				))}
			</fieldset>
			<fieldset className={`${controls.pills} ${controls.row}`}>
				<legend className="visually-hidden">{t('alerts.severityFilter')}</legend>
				{SEVERITIES.toReversed().map((severity) => (
					<button
						key={severity}
						type="button"
						data-testid="filter-severity"
						data-value={severity}
						aria-pressed={filter.severity.includes(severity)}
						onClick={() => onChange({ severity: toggled(filter.severity, severity) })}
					>
						<SeverityBadge severity={severity} />
					</button>
				))}
			</fieldset>
			<button
				type="button"
				className={`${controls.button} ${styles.opener}`}
				aria-expanded={open}
				aria-controls={id}
				onClick={() => setOpen(!open)}
			>
				<SlidersHorizontal size={16} aria-hidden="true" />
				{t('list.filters')}
			</button>
			<div id={id} className={styles.fields} data-open={open}>
				<WorkflowSelect
					label={t('list.workflow')}
					name="workflow"
					value={filter.workflow}
					onChange={(workflow) => onChange({ workflow })}
				/>
				<TimeField label={t('list.from')} name="from" value={filter.from} onChange={(from) => onChange({ from }, true)} />
				<TimeField label={t('list.to')} name="to" value={filter.to} onChange={(to) => onChange({ to }, true)} />
				<button
					type="button"
					className={`${controls.button} ${controls.plain}`}
					disabled={serializeAlertFilter(filter) === ''}
					onClick={() => onChange(ALL_ALERTS)}
				>
					<X size={15} aria-hidden="true" />
					{t('list.clear')}
				</button>
			</div>
			<ViewTools page="alerts" query={serializeAlertFilter(filter)} />
		</search>
	);
}

interface TimeFieldProps {
	readonly label: string;
	readonly name: string;
	readonly value: number | null;
	readonly onChange: (value: number | null) => void;
}

function TimeField({ label, name, value, onChange }: TimeFieldProps) {
	return (
		<label className={controls.field}>
			{label}
			<input
				type="datetime-local"
				name={name}
				className={controls.input}
				value={value === null ? '' : serializeLocal(value)}
				onChange={(event) => onChange(parseLocal(event.target.value))}
			/>
		</label>
	);
}
