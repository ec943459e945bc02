import { Undo2 } from 'lucide-react';
import type { Widget } from '../../api/dashboards';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import { definitionOf } from '../../widgets/registry';
import styles from './dashboard.module.css';

/** What a widget is called: by somebody, or by its type. */
export function nameOf(widget: Widget, t: Translate): string {
	return widget.title || t(definitionOf(widget.type)?.name ?? 'widget.unknown');
}

/** What was just taken away, and the way to have it back. */
export function RemovedBar({ widget, onUndo }: { readonly widget: Widget; readonly onUndo: () => void }) {
	const { t } = useSpeech();
	const name = nameOf(widget, t);
	return (
		<div className={styles.removed} role="status" data-testid="widget-removed">
			<p>{t('dash.removed', { name })}</p>
			<button type="button" className={controls.button} data-testid="widget-undo" onClick={onUndo}>
				<Undo2 size={15} aria-hidden="true" />
				{t('dash.undo')}
			</button>
		</div>
	);
}
