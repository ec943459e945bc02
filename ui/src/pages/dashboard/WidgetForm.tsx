import { type FormEvent, useState } from 'react';
import type { Widget, WidgetConfig } from '../../api/dashboards';
import { WorkflowSelect } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSpeech } from '../../i18n/language';
import { BOARD_RANGES } from '../../url/boardquery';
import type { RangeName } from '../../url/range';
import { definitionOf } from '../../widgets/registry';
import type { Setting } from '../../widgets/widget';
import styles from './dashboard.module.css';

/** Most characters of a title, and most rows of a list, as the server has them. */
const TITLE_MAX = 255;
const LIMIT_MAX = 100;

interface WidgetFormProps {
	readonly widget: Widget;
	readonly onChange: (widget: Widget) => void;
	readonly onClose: () => void;
}

/** What can be set of a widget. */
export function WidgetForm({ widget, onChange, onClose }: WidgetFormProps) {
	const { t } = useSpeech();
	const definition = definitionOf(widget.type);
	const [title, setTitle] = useState(widget.title);
	const [config, setConfig] = useState<WidgetConfig>(widget.config);
	const set = (part: Partial<WidgetConfig>) => setConfig({ ...config, ...part });
	const has = (setting: Setting) => definition?.settings.includes(setting) === true;
	const submit = (event: FormEvent) => {
		event.preventDefault();
		onChange({ ...widget, title: title.trim(), config });
		onClose();
	};
	const name = t(definition?.name ?? 'widget.unknown');
	return (
		<Dialog title={t('dash.configure', { name })} onClose={onClose}>
			<form className={styles.form} data-testid="widget-form" onSubmit={submit}>
				<label className={controls.field}>
					{t('dash.title')}
					<input
						className={controls.input}
						name="title"
						placeholder={name}
						maxLength={TITLE_MAX}
						value={title}
						onChange={(event) => setTitle(event.target.value)}
					/>
				</label>
				{has('workflow') && (
					<WorkflowSelect
						label={t('list.workflow')}
						name="workflow"
						value={config.workflow ?? ''}
						onChange={(id) => set({ workflow: id || null })}
					/>
				)}
				{has('range') && <RangeField value={config.range} onChange={(range) => set({ range })} />}
				{has('limit') && (
					<label className={controls.field}>
						{t('dash.limit')}
						<input
							className={controls.input}
							name="limit"
							type="number"
							min={1}
							max={LIMIT_MAX}
							value={config.limit ?? ''}
							onChange={(event) => set({ limit: event.target.value === '' ? null : event.target.valueAsNumber })}
						/>
					</label>
				)}
				{has('execution') && (
					<label className={controls.field}>
						{t('dash.execution')}
						<input
							className={controls.input}
							name="execution"
							value={config.execution ?? ''}
							onChange={(event) => set({ execution: event.target.value.trim() || null })}
						/>
					</label>
				)}
				<div className={styles.actions}>
					<button type="submit" className={`${controls.button} ${controls.primary}`}>
						{t('dash.apply')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

interface RangeFieldProps {
	readonly value: RangeName | null;
	readonly onChange: (range: RangeName | null) => void;
}

function RangeField({ value, onChange }: RangeFieldProps) {
	const { t } = useSpeech();
	return (
		<label className={controls.field}>
			{t('range.label')}
			<select
				className={controls.select}
				name="range"
				value={value ?? ''}
				onChange={(event) => onChange((event.target.value || null) as RangeName | null)}
			>
				<option value="">{t('dash.usualRange')}</option>
				{BOARD_RANGES.map((one) => (
					<option key={one} value={one}>
						{t(`range.${one}`)}
					</option>
				))}
			</select>
		</label>
	);
}
