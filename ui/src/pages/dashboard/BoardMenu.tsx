import { Building2, Copy, EllipsisVertical, Maximize, MonitorUp, Plus, TextCursorInput, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { createDashboard, type Dashboard, makeDefault } from '../../api/dashboards';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Menu, type MenuItem } from '../../design/Menu';
import { Failure } from '../../forms/Outcome';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { NewDashboard } from './NewDashboard';
import { RemoveDashboard } from './RemoveDashboard';
import { RenameDashboard } from './RenameDashboard';
import { ShareDialog } from './ShareDialog';
import { useTakeDashboard } from './useDashboards';

type Panel = 'new' | 'rename' | 'remove' | 'share';

/** What can be done with a whole dashboard. */
export function BoardMenu({ dashboard }: { readonly dashboard: Dashboard }) {
	const { t } = useSpeech();
	const [panel, setPanel] = useState<Panel | null>(null);
	const [, navigate] = useLocation();
	const actions = useActions(dashboard);
	const close = () => setPanel(null);
	const items: MenuItem[] = [
		{ key: 'rename', label: t('dash.rename'), icon: TextCursorInput, onSelect: () => setPanel('rename') },
		{ key: 'copy', label: t('dash.copy'), icon: Copy, onSelect: () => void actions.copy() },
		...(actions.mayManage
			? [{ key: 'office', label: t('dash.makeOffice'), icon: Building2, onSelect: () => void actions.makeOffice() }]
			: []),
		{
			key: 'screen',
			label: t('dash.fullScreen'),
			icon: Maximize,
			onSelect: () => navigate(`/kiosk/${encodeURIComponent(dashboard.id)}`),
		},
		{ key: 'share', label: t('dash.share'), icon: MonitorUp, onSelect: () => setPanel('share') },
		...(dashboard.isOffice ? [] : [{ key: 'remove', label: t('dash.remove'), icon: Trash2, onSelect: () => setPanel('remove') }]),
	].map((item) => ({ ...item, testId: `dashboard-${item.key}` }));
	return (
		<>
			<button
				type="button"
				className={controls.button}
				title={t('dash.new')}
				data-testid="dashboard-new"
				onClick={() => setPanel('new')}
			>
				<Plus size={15} aria-hidden="true" />
				<span className={styles.label}>{t('dash.new')}</span>
			</button>
			<Menu label={t('dash.menu')} icon={EllipsisVertical} items={items} testId="dashboard-menu" />
			<Failure error={actions.error} />
			{panel === 'new' && <NewDashboard onClose={close} />}
			{panel === 'rename' && <RenameDashboard dashboard={dashboard} onClose={close} />}
			{panel === 'remove' && <RemoveDashboard dashboard={dashboard} onClose={close} />}
			{panel === 'share' && <ShareDialog dashboard={dashboard} onClose={close} />}
		</>
	);
}

/** What takes one click. */
function useActions(dashboard: Dashboard) {
	const { t } = useSpeech();
	const { http } = useServices();
	const take = useTakeDashboard();
	const mayManage = useRight('dashboards.manage');
	const { error, send } = useSending();
	const [, navigate] = useLocation();
	return {
		error,
		mayManage,
		copy: () =>
			send(async () => {
				const name = t('dash.copyName', { name: dashboard.name });
				const made = await createDashboard(http, { name, widgets: dashboard.widgets, rowHeight: dashboard.rowHeight });
				await take(made);
				navigate(`/d/${encodeURIComponent(made.id)}`);
			}),
		makeOffice: () =>
			send(async () => {
				await makeDefault(http, dashboard.id, 'office');
				await take(null);
			}),
	};
}
