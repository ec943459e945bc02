import { Copy, Download, EllipsisVertical, ImageDown, type LucideIcon, Maximize2, SlidersHorizontal, Trash2 } from 'lucide-react';
import { saveFile } from '../app/savefile';
import { type Cell, csvOf } from '../charts/csv';
import { type Painter, savePicture } from '../charts/picture';
import controls from '../design/controls.module.css';
import { Menu, type MenuItem } from '../design/Menu';
import { useSpeech } from '../i18n/language';
import type { Language } from '../i18n/translate';
import type { WidgetTools } from './WidgetFrame';
import styles from './WidgetFrame.module.css';

interface WidgetMenuProps {
	readonly title: string;
	readonly tools: WidgetTools;
	readonly editing: boolean;
	readonly table: (() => readonly (readonly Cell[])[]) | undefined;
	/** Of the chart that the widget shows; null: it shows none. */
	readonly painter: Painter | null;
}

/** What can be done with a widget. While editing all is at hand as buttons. */
export function WidgetMenu({ title, tools, editing, table, painter }: WidgetMenuProps) {
	const { t, language } = useSpeech();
	const files = {
		table: table === undefined ? undefined : () => saveTable(table(), title, language),
		picture: painter === null ? undefined : () => savePicture(painter, fileName(title)),
	};
	const items = itemsOf(tools, t, files);
	if (items.length === 0) return null;
	if (!editing) return <Menu label={t('widget.menu', { title })} icon={EllipsisVertical} items={items} />;
	return (
		<span className={styles.tools}>
			{items
				.filter((one) => one.key !== 'export' && one.key !== 'picture')
				.map(({ key, label, icon: Icon, onSelect, testId }) => (
					<button
						key={key}
						type="button"
						className={`${controls.button} ${controls.plain} ${styles.tool}`}
						title={label}
						data-testid={testId}
						onClick={onSelect}
					>
						<Icon size={15} aria-hidden="true" />
						<span className="visually-hidden">{`${label}: ${title}`}</span>
					</button>
				))}
		</span>
	);
}

function itemsOf(
	tools: WidgetTools,
	t: ReturnType<typeof useSpeech>['t'],
	files: Readonly<Record<'table' | 'picture', (() => void) | undefined>>,
): MenuItem[] {
	const item = (key: string, label: string, icon: LucideIcon, onSelect: (() => void) | undefined): MenuItem[] =>
		onSelect === undefined ? [] : [{ key, label, icon, onSelect, testId: `widget-${key}` }];
	return [
		...item('configure', t('widget.configure'), SlidersHorizontal, tools.onConfigure),
		...item('maximise', t('widget.maximise'), Maximize2, tools.onMaximise),
		...item('duplicate', t('widget.duplicate'), Copy, tools.onDuplicate),
		...item('export', t('widget.export'), Download, files.table),
		...item('picture', t('chart.png'), ImageDown, files.picture),
		...item('remove', t('widget.remove'), Trash2, tools.onRemove),
	];
}

function saveTable(rows: readonly (readonly Cell[])[], title: string, language: Language): void {
	saveFile(new Blob([csvOf(rows, language)], { type: 'text/csv;charset=utf-8' }), `${fileName(title)}.csv`);
}

function fileName(title: string): string {
	return title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').toLowerCase();
}
