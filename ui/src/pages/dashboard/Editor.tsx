import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Dashboard, Widget } from '../../api/dashboards';
import { Failure } from '../../forms/Outcome';
import { useSpeech } from '../../i18n/language';
import { Neighbours } from '../../widgets/DashboardGrid';
import { EDIT_KEYS_ID } from '../../widgets/WidgetFrame';
import { ConflictDialog } from './ConflictDialog';
import styles from './dashboard.module.css';
import { EditGrid } from './EditGrid';
import { EditorHead } from './EditorHead';
import { useKeys } from './keys';
import { LeaveDialog } from './LeaveDialog';
import { RemovedBar } from './RemovedBar';
import { useBoardQuery } from './useBoardQuery';
import { least, useEditing } from './useEditing';
import { useLeaveQuestion } from './useLeaveQuestion';
import { useSaving } from './useSaving';
import { WidgetForm } from './WidgetForm';

interface EditorProps {
	readonly all: readonly Dashboard[];
	readonly dashboard: Dashboard;
}

/** A dashboard while it is changed: by mouse, by touch and by keyboard. Nothing is stored until somebody says so. */
export default function Editor({ all, dashboard }: EditorProps) {
	const { t } = useSpeech();
	const [, navigate] = useLocation();
	const [query, changeQuery] = useBoardQuery();
	const [configured, setConfigured] = useState(query.widget);
	const editing = useEditing(dashboard);
	const { draft, dirty } = editing;
	const saving = useSaving(draft, editing.stored);
	const leaving = useLeaveQuestion(dirty);
	useKeys({ save: saving.save, undo: editing.undo });
	const configuring = draft.widgets.find((one) => one.id === configured);
	const endConfiguring = () => {
		setConfigured(null);
		if (query.widget !== null) changeQuery({ widget: null });
	};
	const toolsOf = (widget: Widget) => ({
		onConfigure: () => setConfigured(widget.id),
		onDuplicate: () => editing.duplicate(widget),
		onRemove: () => editing.remove(widget),
	});
	const go = (id: string) => navigate(`/d/${encodeURIComponent(id)}`);
	return (
		<>
			<EditorHead
				all={all}
				dashboard={dashboard}
				dirty={dirty}
				saving={saving.working}
				onGo={go}
				onLeave={() => go(dashboard.id)}
				onAdd={editing.addNew}
				onCompact={editing.compact}
				onUndo={draft.past.length === 0 ? null : editing.undo}
				onSave={saving.save}
			/>
			<Failure error={saving.conflict ? null : saving.error} />
			<p id={EDIT_KEYS_ID} className={styles.hint}>
				{t('dash.keys')}
			</p>
			<p className="visually-hidden" role="status" aria-live="polite" data-testid="dashboard-announcement">
				{editing.spoken || (saving.saved && !dirty ? t('dash.saved') : '')}
			</p>
			<div className={styles.editScroll}>
				<Neighbours value={draft.widgets}>
					<EditGrid
						dashboard={draft.base}
						widgets={draft.widgets}
						least={least}
						onChange={editing.put}
						onKey={editing.onKey}
						toolsOf={toolsOf}
					/>
				</Neighbours>
			</div>
			{draft.removed !== null && <RemovedBar widget={draft.removed} onUndo={editing.undo} />}
			{configuring !== undefined && <WidgetForm widget={configuring} onChange={editing.replace} onClose={endConfiguring} />}
			{saving.conflict && (
				<ConflictDialog working={saving.working} onTheirs={saving.theirs} onMine={saving.mine} onClose={saving.forget} />
			)}
			{leaving.asking && <LeaveDialog onStay={leaving.stay} onLeave={leaving.leave} />}
		</>
	);
}
