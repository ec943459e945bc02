import { Star } from 'lucide-react';
import { type Dashboard, makeDefault } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Failure } from '../../forms/Outcome';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { useTakeDashboard } from './useDashboards';

/** Makes a dashboard the one that the viewer begins with. */
export function DefaultButton({ dashboard }: { readonly dashboard: Dashboard }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const take = useTakeDashboard();
	const { working, error, send } = useSending();
	const label = t(dashboard.isDefault ? 'dash.isDefault' : 'dash.makeDefault');
	return (
		<>
			<ActionButton
				className={`${controls.button} ${styles.star}`}
				title={label}
				aria-pressed={dashboard.isDefault}
				working={working}
				data-testid="dashboard-default"
				onClick={() =>
					void send(async () => {
						await makeDefault(http, dashboard.id, 'user');
						await take(null);
					})
				}
			>
				<Star size={15} aria-hidden="true" />
				<span className="visually-hidden">{label}</span>
			</ActionButton>
			<Failure error={error} />
		</>
	);
}
