import { GripVertical, MoveDiagonal2 } from 'lucide-react';
import { type CSSProperties, type HTMLAttributes, type KeyboardEvent, type ReactNode, type Ref, useMemo } from 'react';
import { GridLayout, getCompactor, useContainerWidth } from 'react-grid-layout';
import type { Dashboard, Widget } from '../../api/dashboards';
import { useSpeech } from '../../i18n/language';
import { GAP, readingOrder } from '../../widgets/DashboardGrid';
import { WidgetFrame, type WidgetTools } from '../../widgets/WidgetFrame';
import styles from './dashboard.module.css';
import './editgrid.css';
import type { Change, Least } from './layout';

interface EditGridProps {
	readonly dashboard: Dashboard;
	readonly widgets: readonly Widget[];
	readonly least: Least;
	readonly onChange: (change: Change & { readonly id: string }) => void;
	readonly onKey: (event: KeyboardEvent<HTMLElement>, widget: Widget) => void;
	readonly toolsOf: (widget: Widget) => WidgetTools;
}

/** Nothing gives way while something is dragged: what gives way to it is decided when it is put down, by the one owner of the layout. */
const STILL = getCompactor(null, true);

/** A dashboard's widgets to drag and to pull larger. */
export function EditGrid({ dashboard, widgets, least, onChange, onKey, toolsOf }: EditGridProps) {
	const { width, mounted, containerRef } = useContainerWidth();
	const layout = useMemo(
		() =>
			widgets.map(({ id, type, place }) => ({
				i: id,
				...place,
				minW: Math.min(least(type).w, place.w),
				minH: Math.min(least(type).h, place.h),
			})),
		[widgets, least],
	);
	return (
		<div ref={containerRef} className={styles.editGrid}>
			{/* The library of dragging would put a style sheet of this id into the page, which the security policy forbids. */}
			<span id="react-draggable-style-el" hidden />
			{mounted && (
				<GridLayout
					width={width}
					layout={layout}
					gridConfig={{
						cols: dashboard.columns,
						rowHeight: dashboard.rowHeight,
						margin: [GAP, GAP],
						containerPadding: [0, 0],
						maxRows: Number.POSITIVE_INFINITY,
					}}
					dragConfig={{ enabled: true, bounded: false, handle: '[data-testid="widget-move"]', threshold: 3 }}
					resizeConfig={{ enabled: true, handles: ['se'], handleComponent: (_, ref) => <Corner corner={ref} /> }}
					compactor={STILL}
					onDragStop={(_, __, item) => item !== null && onChange({ kind: 'move', id: item.i, x: item.x, y: item.y })}
					onResizeStop={(_, __, item) => item !== null && onChange({ kind: 'resize', id: item.i, w: item.w, h: item.h })}
				>
					{readingOrder(widgets).map((widget) => (
						<Cell key={widget.id} widget={widget} tools={toolsOf(widget)} onKey={onKey} />
					))}
				</GridLayout>
			)}
		</div>
	);
}

interface CellProps extends HTMLAttributes<HTMLElement> {
	readonly widget: Widget;
	readonly tools: WidgetTools;
	readonly onKey: EditGridProps['onKey'];
	// What the grid gives to its children.
	readonly ref?: Ref<HTMLElement>;
	readonly style?: CSSProperties;
	readonly children?: ReactNode;
}

function Cell({ widget, tools, onKey, children, ...given }: CellProps) {
	const { t } = useSpeech();
	const grip = (
		<span className={styles.grip} data-testid="widget-move" title={t('dash.drag')}>
			<GripVertical size={16} aria-hidden="true" />
		</span>
	);
	return (
		<WidgetFrame
			widget={widget}
			config={widget.config}
			tools={tools}
			edit={{ given: { ...given, onKeyDown: (event) => onKey(event, widget) }, grip, corner: children }}
		/>
	);
}

interface CornerProps extends HTMLAttributes<HTMLElement> {
	readonly corner: Ref<HTMLElement>;
}

/** What a widget is pulled larger by; the library of resizing adds what it wants to know. */
function Corner({ corner, className, ...given }: CornerProps) {
	const { t } = useSpeech();
	return (
		<span
			{...given}
			ref={corner}
			className={`react-resizable-handle ${className ?? ''}`}
			data-testid="widget-resize"
			title={t('dash.resize')}
		>
			<MoveDiagonal2 size={14} aria-hidden="true" />
		</span>
	);
}
