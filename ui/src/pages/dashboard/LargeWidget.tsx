import type { Widget, WidgetConfig } from '../../api/dashboards';
import { Dialog } from '../../design/Dialog';
import { useSpeech } from '../../i18n/language';
import { WidgetFrame } from '../../widgets/WidgetFrame';
import styles from './dashboard.module.css';

interface LargeWidgetProps {
	readonly widget: Widget;
	readonly config: WidgetConfig;
	readonly onClose: () => void;
}

/** One widget over the whole window. */
export function LargeWidget({ widget, config, onClose }: LargeWidgetProps) {
	const { t } = useSpeech();
	return (
		<Dialog title={t('widget.large')} large onClose={onClose} testId="widget-large">
			<div className={styles.large}>
				<WidgetFrame widget={widget} config={config} tools={{}} />
			</div>
		</Dialog>
	);
}
