import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { createDashboard } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import { useWorkflows } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { NameField } from './NameField';
import { TEMPLATE_ROW_HEIGHT, TEMPLATES, widgetsOf } from './templates';
import { useTakeDashboard } from './useDashboards';

/** A new dashboard: its name, and what it begins with. */
export function NewDashboard({ onClose }: { readonly onClose: () => void }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const take = useTakeDashboard();
	const [, navigate] = useLocation();
	const { working, error, send } = useSending();
	const workflows = useWorkflows();
	const [name, setName] = useState('');
	const [template, setTemplate] = useState(TEMPLATES[0]?.key ?? '');
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		const chosen = TEMPLATES.find((one) => one.key === template);
		const widgets = chosen === undefined ? [] : widgetsOf(chosen, workflows);
		await send(async () => {
			const made = await createDashboard(http, { name: name.trim(), widgets, rowHeight: TEMPLATE_ROW_HEIGHT });
			await take(made);
			onClose();
			navigate(`/d/${encodeURIComponent(made.id)}`);
		});
	};
	return (
		<Dialog title={t('dash.new')} onClose={onClose}>
			<form className={styles.form} data-testid="dashboard-form" onSubmit={(event) => void submit(event)}>
				<NameField value={name} onChange={setName} error={error} />
				<fieldset className={styles.templates}>
					<legend>{t('dash.template')}</legend>
					{TEMPLATES.map((one) => (
						<label key={one.key} className={styles.template}>
							<input
								type="radio"
								name="template"
								value={one.key}
								checked={template === one.key}
								onChange={() => setTemplate(one.key)}
							/>
							<span>
								<strong>{t(one.name)}</strong>
								<span>{t(one.about)}</span>
							</span>
						</label>
					))}
				</fieldset>
				<div className={styles.actions}>
					<ActionButton type="submit" className={`${controls.button} ${controls.primary}`} working={working}>
						{t('dash.create')}
					</ActionButton>
				</div>
			</form>
		</Dialog>
	);
}
