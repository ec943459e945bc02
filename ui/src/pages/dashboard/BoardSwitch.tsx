import type { Dashboard } from '../../api/dashboards';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';

interface BoardSwitchProps {
	readonly all: readonly Dashboard[];
	readonly dashboard: Dashboard;
	readonly onGo: (id: string) => void;
}

/** The dashboard's name, which is the choice of another one too. */
export function BoardSwitch({ all, dashboard, onGo }: BoardSwitchProps) {
	const { t } = useSpeech();
	return (
		<>
			<h1 className="visually-hidden">{dashboard.name}</h1>
			<label className={styles.switch}>
				<span className="visually-hidden">{t('dash.switch')}</span>
				<span className={styles.room} aria-hidden="true">
					{dashboard.name}
				</span>
				<select
					className={styles.board}
					data-testid="dashboard-switch"
					value={dashboard.id}
					onChange={(event) => onGo(event.target.value)}
				>
					{all.map((one) => (
						<option key={one.id} value={one.id} data-testid="dashboard-option" data-value={one.id}>
							{one.name}
						</option>
					))}
				</select>
			</label>
		</>
	);
}
