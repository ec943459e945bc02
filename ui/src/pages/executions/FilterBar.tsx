import { useQuery } from '@tanstack/react-query';
import { SlidersHorizontal, X } from 'lucide-react';
import { useId, useState } from 'react';
import { PRIORITIES, type Priority } from '../../api/execution';
import { fetchWorkflows } from '../../api/executions';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { useDraft } from '../../forms/useDraft';
import { useSpeech } from '../../i18n/language';
import { EVERYTHING, type ExecutionFilter, narrowed, parseSeconds, SORTS, type Sort } from '../../url/filter';
import { parseLocal, serializeLocal } from '../../url/localtime';
import { isPersonal } from '../../url/personal';
import type { Step } from '../../url/useFilter';
import styles from './FilterBar.module.css';

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
	const [more, setMore] = useState(filter.tag !== '' || filter.minMs !== null || filter.maxMs !== null);
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
					warning={(draft) => (isPersonal(draft) ? t('list.personal') : null)}
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
				{more && <MoreFields filter={filter} onChange={onChange} />}
				<button
					type="button"
					className={`${controls.button} ${controls.plain}`}
					data-testid="filters-more"
					aria-expanded={more}
					onClick={() => setMore(!more)}
				>
					{t(more ? 'list.fewer' : 'list.more')}
				</button>
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

/** What is asked for less often: tag, length, order. */
function MoreFields({ filter, onChange }: FilterBarProps) {
	const { t } = useSpeech();
	return (
		<>
			<TextField
				type="text"
				name="tag"
				label={t('list.tag')}
				value={filter.tag}
				onChange={(tag, step) => onChange({ tag: tag.trim() }, step)}
			/>
			<SecondsField name="min" label={t('list.min')} value={filter.minMs} onChange={(minMs, step) => onChange({ minMs }, step)} />
			<SecondsField name="max" label={t('list.max')} value={filter.maxMs} onChange={(maxMs, step) => onChange({ maxMs }, step)} />
			<label className={controls.field}>
				{t('list.sort')}
				<select
					name="sort"
					className={controls.select}
					value={filter.sort}
					onChange={(event) => onChange({ sort: event.target.value as Sort }, 'push')}
				>
					{SORTS.map((sort) => (
						<option key={sort} value={sort}>
							{t(`list.sort.${sort}`)}
						</option>
					))}
				</select>
			</label>
		</>
	);
}

interface SecondsFieldProps {
	readonly name: string;
	readonly label: string;
	/** Milliseconds. */
	readonly value: number | null;
	readonly onChange: (value: number | null, step: Step) => void;
}

function SecondsField({ value, onChange, ...field }: SecondsFieldProps) {
	const { format } = useSpeech();
	const shown = value === null ? '' : format.plain(value / 1_000);
	return (
		<TextField
			type="text"
			inputMode="decimal"
			{...field}
			value={shown}
			onChange={(text, step) => onChange(parseSeconds(text), step)}
		/>
	);
}

interface TextFieldProps {
	readonly type: 'search' | 'text' | 'datetime-local';
	readonly name?: string;
	readonly inputMode?: 'decimal';
	/** What is wrong with what is being written; null: nothing. */
	readonly warning?: (draft: string) => string | null;
	readonly label: string;
	readonly value: string;
	readonly placeholder?: string;
	readonly onChange: (text: string, step: Step) => void;
}

function TextField({ label, value, onChange, warning, ...input }: TextFieldProps) {
	const { draft, write, leave } = useDraft(value, onChange);
	const warned = warning?.(draft) ?? null;
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
			{warned !== null && (
				<span role="status" className={styles.warning}>
					{warned}
				</span>
			)}
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
