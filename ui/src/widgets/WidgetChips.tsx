import type { WidgetConfig } from '../api/dashboards';
import { useWorkflows } from '../app/WorkflowSelect';
import { useSpeech } from '../i18n/language';
import styles from './WidgetFrame.module.css';
import type { WidgetDefinition } from './widget';

/** To what a widget is narrowed: as far as it heeds it. */
export function WidgetChips({
	definition,
	config,
}: {
	readonly definition: WidgetDefinition | undefined;
	readonly config: WidgetConfig;
}) {
	const { t } = useSpeech();
	const heeds = (setting: 'workflow' | 'range') => definition?.settings.includes(setting) === true;
	return (
		<>
			{heeds('workflow') && config.workflow !== null && <WorkflowChip id={config.workflow} />}
			{heeds('range') && config.range !== null && <span className={styles.chip}>{t(`range.${config.range}`)}</span>}
		</>
	);
}

function WorkflowChip({ id }: { readonly id: string }) {
	const name = useWorkflows().find((one) => one.id === id)?.name ?? id;
	return (
		<span className={styles.chip} title={name}>
			{name}
		</span>
	);
}
