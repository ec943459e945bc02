import { useQuery } from '@tanstack/react-query';
import { fetchWorkflows, type WorkflowName } from '../api/executions';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import { useServices } from './services';

/** The organisation's workflows; none until they are known. */
export function useWorkflows(): readonly WorkflowName[] {
	const { http } = useServices();
	const { data } = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => fetchWorkflows(http, signal) });
	return data ?? [];
}

interface WorkflowOptionsProps {
	readonly all: string;
	readonly value: string;
}

/** The choices of a workflow, the one that is chosen among them whether it is known or not. */
export function WorkflowOptions({ all, value }: WorkflowOptionsProps) {
	const known = useWorkflows();
	return (
		<>
			<option value="">{all}</option>
			{value !== '' && !known.some((one) => one.id === value) && <option value={value}>{value}</option>}
			{known.map((workflow) => (
				<option key={workflow.id} value={workflow.id}>
					{workflow.name}
				</option>
			))}
		</>
	);
}

interface WorkflowSelectProps {
	readonly label: string;
	readonly name: string;
	readonly value: string;
	readonly onChange: (id: string) => void;
}

export function WorkflowSelect({ label, name, value, onChange }: WorkflowSelectProps) {
	const { t } = useSpeech();
	return (
		<label className={controls.field}>
			{label}
			<select name={name} className={controls.select} value={value} onChange={(event) => onChange(event.target.value)}>
				<WorkflowOptions all={t('list.allWorkflows')} value={value} />
			</select>
		</label>
	);
}
