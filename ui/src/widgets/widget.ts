import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { WidgetConfig, WidgetType } from '../api/dashboards';
import type { PlainKey } from '../i18n/translate';

/** What a widget shows, and what there is to say of it. An answer of useLiveQuery fits. */
export interface Reading<T> {
	readonly data: T | undefined;
	readonly error: unknown;
	/** When data came, in ms since 1970; 0: never. */
	readonly dataUpdatedAt: number;
	readonly refetch: () => unknown;
}

/** The parts of a configuration that somebody can set in the form of a widget. */
export type Setting = 'workflow' | 'execution' | 'range' | 'limit';

export interface ViewProps<T> {
	readonly data: T;
	readonly config: WidgetConfig;
}

/**
 * A type of widget. The frame around it shows its title, its state (loading, empty, error, stale, paused), the age of its data and its menu; the type brings the
 * data and draws it when there is some. The view is one and fits itself to its room by container queries: the container is named "widget".
 */
export interface WidgetDefinition<T = unknown> {
	readonly type: WidgetType;
	readonly name: PlainKey;
	readonly icon: LucideIcon;
	/** Cells that a new one takes, and the fewest in which it can be read. */
	readonly size: { readonly w: number; readonly h: number };
	readonly least: { readonly w: number; readonly h: number };
	readonly settings: readonly Setting[];
	/** A hook: reads what the widget shows. everyMs: how often it is asked for if nothing changes; beyond twice that it is stale. */
	readonly useReading: (config: WidgetConfig) => Reading<T>;
	readonly everyMs: number;
	readonly isEmpty: (data: T) => boolean;
	/** What is said when there is nothing. */
	readonly empty: PlainKey;
	/** The page that shows the whole: its address with the widget's filters. */
	readonly href: (config: WidgetConfig) => string;
	/** Whether nothing is good news, shown with a check. */
	readonly emptyIsGood?: boolean;
	/** Rows of a table with its heads first, for a file. */
	readonly table?: (data: T) => readonly (readonly (string | number | null)[])[];
	readonly View: ComponentType<ViewProps<T>>;
}
