import { type FormEvent, useState } from 'react';
import { type Dashboard, renameDashboard } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { NameField } from './NameField';
import { useTakeDashboard } from './useDashboards';

export function RenameDashboard({ dashboard, onClose }: { readonly dashboard: Dashboard; readonly onClose: () => void }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const take = useTakeDashboard();
	const { working, error, send } = useSending();
	const [name, setName] = useState(dashboard.name);
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		await send(async () => {
			await take(await renameDashboard(http, dashboard.id, name.trim(), dashboard.version));
			onClose();
		});
	};
	return (
		<Dialog title={t('dash.rename')} onClose={onClose}>
			<form className={styles.form} data-testid="dashboard-form" onSubmit={(event) => void submit(event)}>
				<NameField value={name} onChange={setName} error={error} />
				<div className={styles.actions}>
					<ActionButton type="submit" className={`${controls.button} ${controls.primary}`} working={working}>
						{t('act.save')}
					</ActionButton>
				</div>
			</form>
		</Dialog>
	);
}
