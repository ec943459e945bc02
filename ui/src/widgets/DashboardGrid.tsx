import { type CSSProperties, createContext, type ReactNode, use, useMemo } from 'react';
import type { Dashboard, Widget, WidgetConfig, WidgetType } from '../api/dashboards';
import type { BoardQuery } from '../url/boardquery';
import styles from './DashboardGrid.module.css';

/** Pixels between cells. */
export const GAP = 12;

/** The widgets of the dashboard that is shown. */
export const Neighbours = createContext<readonly { readonly type: string }[]>([]);

/** Whether a widget of a type stands on the same dashboard: what it says need not be said twice. */
export function useNeighbour(type: WidgetType): boolean {
	return use(Neighbours).some((one) => one.type === type);
}

/** What is in effect for a widget: the address outranks what is stored. */
export function inEffect(config: WidgetConfig, query: BoardQuery): WidgetConfig {
	return { ...config, range: query.range ?? config.range, workflow: query.workflow ?? config.workflow };
}

/** Widgets as they are read: by rows, each from the left. */
export function readingOrder(widgets: readonly Widget[]): Widget[] {
	return [...widgets].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
}

interface DashboardGridProps {
	readonly dashboard: Dashboard;
	readonly children: (widget: Widget) => ReactNode;
}

/** A dashboard's widgets in their places; where there is little room, one below the other in reading order. */
export function DashboardGrid({ dashboard, children }: DashboardGridProps) {
	const widgets = useMemo(() => readingOrder(dashboard.widgets), [dashboard.widgets]);
	const sizes = { '--columns': dashboard.columns, '--row': `${dashboard.rowHeight}px`, '--gap': `${GAP}px` };
	return (
		<div className={styles.board}>
			<div className={styles.grid} style={sizes as CSSProperties}>
				<Neighbours value={widgets}>{widgets.map(children)}</Neighbours>
			</div>
		</div>
	);
}
