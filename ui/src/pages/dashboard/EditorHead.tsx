import { ArrowUpToLine, Check, Plus, Save, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { Dashboard } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { DEFINITIONS } from '../../widgets/registry';
import type { WidgetDefinition } from '../../widgets/widget';
import { BoardSwitch } from './BoardSwitch';
import { DefaultButton } from './DefaultButton';
import styles from './dashboard.module.css';

interface EditorHeadProps {
	readonly all: readonly Dashboard[];
	readonly dashboard: Dashboard;
	readonly dirty: boolean;
	readonly saving: boolean;
	readonly onGo: (id: string) => void;
	readonly onLeave: () => void;
	readonly onAdd: (definition: WidgetDefinition) => void;
	readonly onCompact: () => void;
	/** Null: there is nothing to undo. */
	readonly onUndo: (() => void) | null;
	readonly onSave: () => void;
}

/** What can be done to a dashboard that is being edited. */
export function EditorHead(props: EditorHeadProps) {
	const { all, dashboard, dirty, saving, onGo, onLeave, onAdd, onCompact, onUndo, onSave } = props;
	const { t } = useSpeech();
	const [choosing, setChoosing] = useState(false);
	return (
		<header className={styles.head}>
			<BoardSwitch all={all} dashboard={dashboard} onGo={onGo} />
			<div className={styles.tools}>
				<button
					type="button"
					className={controls.button}
					aria-expanded={choosing}
					data-testid="widget-add"
					onClick={() => setChoosing(!choosing)}
				>
					<Plus size={15} aria-hidden="true" />
					{t('dash.add')}
				</button>
				<button type="button" className={controls.button} title={t('dash.compact')} onClick={onCompact}>
					<ArrowUpToLine size={15} aria-hidden="true" />
					<span className="visually-hidden">{t('dash.compact')}</span>
				</button>
				<button
					type="button"
					className={controls.button}
					title={t('dash.undo')}
					disabled={onUndo === null}
					onClick={() => onUndo?.()}
				>
					<Undo2 size={15} aria-hidden="true" />
					<span className="visually-hidden">{t('dash.undo')}</span>
				</button>
				<DefaultButton dashboard={dashboard} />
				<button type="button" className={controls.button} aria-pressed="true" data-testid="dashboard-edit" onClick={onLeave}>
					<Check size={15} aria-hidden="true" />
					<span className={styles.label}>{t('dash.editEnd')}</span>
				</button>
				<ActionButton
					className={`${controls.button} ${controls.primary}`}
					working={saving}
					data-testid="dashboard-save"
					data-dirty={dirty}
					onClick={onSave}
				>
					<Save size={15} aria-hidden="true" />
					{t(dirty ? 'dash.save' : 'dash.saved')}
				</ActionButton>
			</div>
			{choosing && (
				<TypeChoice
					onChoose={(definition) => {
						setChoosing(false);
						onAdd(definition);
					}}
				/>
			)}
		</header>
	);
}

function TypeChoice({ onChoose }: { readonly onChoose: (definition: WidgetDefinition) => void }) {
	const { t } = useSpeech();
	return (
		<ul className={styles.types} aria-label={t('dash.types')}>
			{DEFINITIONS.map((definition) => {
				const Icon = definition.icon;
				return (
					<li key={definition.type}>
						<button
							type="button"
							className={styles.type}
							data-testid="widget-type"
							data-value={definition.type}
							onClick={() => onChoose(definition)}
						>
							<Icon size={18} aria-hidden="true" />
							{t(definition.name)}
						</button>
					</li>
				);
			})}
		</ul>
	);
}
