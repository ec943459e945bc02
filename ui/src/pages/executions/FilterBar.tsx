import { useQuery } from '@tanstack/react-query';
import { SlidersHorizontal, X } from 'lucide-react';
import { useId, useState } from 'react';
import { PRIORITIES, type Priority } from '../../api/execution';
import { fetchWorkflows } from '../../api/executions';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { EVERYTHING, type ExecutionFilter, narrowed } from '../../url/filter';
import { parseLocal, serializeLocal } from '../../url/localtime';
import type { Step } from '../../url/useFilter';
import styles from './FilterBar.module.css';
import { useDraft } from './useDraft';

interface FilterBarProps {
	readonly filter: ExecutionFilter;
	readonly onChange: (change: Partial<ExecutionFilter>, step: Step) => void;
}

/** Narrows the list by everything but the status. On a phone it opens by a button. */
export function FilterBar({ filter, onChange }: FilterBarProps) {
	const { t } = useSpeech();
	const id = useId();
	const [open, setOpen] = useState(false);
	const some = narrowed(filter);
	return (
		<div className={styles.bar}>
			<button
				type="button"
				className={`${controls.button} ${styles.opener}`}
				aria-expanded={open}
				aria-controls={id}
				onClick={() => setOpen(!open)}
			>
				<SlidersHorizontal size={16} aria-hidden="true" />
				{t('list.filters')}
				{some && <span className={styles.dot} />}
			</button>
			<search id={id} className={styles.fields} data-open={open}>
				<TextField
					type="search"
					label={t('list.search')}
					value={filter.q}
					placeholder={t('list.searchHint')}
					onChange={(q, step) => onChange({ q }, step)}
				/>
				<WorkflowField value={filter.workflow} onChange={(workflow) => onChange({ workflow }, 'push')} />
				<TextField
					type="text"
					label={t('list.client')}
					value={filter.client}
					placeholder={t('list.clientHint')}
					onChange={(client, step) => onChange({ client }, step)}
				/>
				<PriorityField value={filter.priority} onChange={(priority) => onChange({ priority }, 'push')} />
				<TimeField label={t('list.from')} value={filter.from} onChange={(from, step) => onChange({ from }, step)} />
				<TimeField label={t('list.to')} value={filter.to} onChange={(to, step) => onChange({ to }, step)} />
				<button
					type="button"
					className={`${controls.button} ${controls.plain}`}
					disabled={!some && filter.status.length === 0}
					onClick={() => onChange(EVERYTHING, 'push')}
				>
					<X size={15} aria-hidden="true" />
					{t('list.clear')}
				</button>
			</search>
		</div>
	);
}

interface TextFieldProps {
	readonly type: 'search' | 'text' | 'datetime-local';
	readonly label: string;
	readonly value: string;
	readonly placeholder?: string;
	readonly onChange: (text: string, step: Step) => void;
}

function TextField({ label, value, onChange, ...input }: TextFieldProps) {
	const { draft, write, leave } = useDraft(value, onChange);
	return (
		<label className={controls.field} data-type={input.type}>
			{label}
			<input
				{...input}
				className={controls.input}
				value={draft}
				autoComplete="off"
				spellCheck={false}
				onChange={(event) => write(event.target.value)}
				onBlur={leave}
				onKeyDown={(event) => event.key === 'Enter' && leave()}
			/>
		</label>
	);
}

interface TimeFieldProps {
	readonly label: string;
	readonly value: number | null;
	readonly onChange: (value: number | null, step: Step) => void;
}

function TimeField({ label, value, onChange }: TimeFieldProps) {
	const shown = value === null ? '' : serializeLocal(value);
	return (
		<TextField type="datetime-local" label={label} value={shown} onChange={(text, step) => onChange(parseLocal(text), step)} />
	);
}

interface WorkflowFieldProps {
	readonly value: string;
	readonly onChange: (id: string) => void;
}

function WorkflowField({ value, onChange }: WorkflowFieldProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data } = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => fetchWorkflows(http, signal) });
	const known = data ?? [];
	const missing = value !== '' && !known.some((workflow) => workflow.id === value);
	return (
		<label className={controls.field}>
			{t('list.workflow')}
			<select className={controls.select} value={value} onChange={(event) => onChange(event.target.value)}>
				<option value="">{t('list.allWorkflows')}</option>
				{missing && <option value={value}>{value}</option>}
				{known.map((workflow) => (
					<option key={workflow.id} value={workflow.id}>
						{workflow.name}
					</option>
				))}
			</select>
		</label>
	);
}

interface PriorityFieldProps {
	readonly value: Priority | '';
	readonly onChange: (priority: Priority | '') => void;
}

function PriorityField({ value, onChange }: PriorityFieldProps) {
	const { t } = useSpeech();
	return (
		<label className={controls.field}>
			{t('list.priority')}
			<select className={controls.select} value={value} onChange={(event) => onChange(event.target.value as Priority | '')}>
				<option value="">{t('list.allPriorities')}</option>
				{PRIORITIES.map((priority) => (
					<option key={priority} value={priority}>
						{t(`prio.${priority}`)}
					</option>
				))}
			</select>
		</label>
	);
}
