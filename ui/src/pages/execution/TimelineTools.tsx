import {
	ChevronLeft,
	ChevronRight,
	Download,
	FoldHorizontal,
	type LucideIcon,
	Maximize2,
	Table2,
	ZoomIn,
	ZoomOut,
} from 'lucide-react';
import controls from '../../design/controls.module.css';
import type { Gap, Scale } from '../../gantt/scale';
import { type Extent, shifted, zoomed } from '../../gantt/zoom';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import styles from './TimelineTools.module.css';

const ZOOM_TIMES = 2;
/** How far one goes along with a click, of what is seen. */
const SHIFT_PART = 0.5;

interface TimelineToolsProps {
	readonly whole: Scale;
	readonly seen: Scale;
	readonly gaps: readonly Gap[];
	readonly folded: boolean;
	readonly table: boolean;
	readonly onZoom: (zoom: Extent | null) => void;
	readonly onFold: (folded: boolean) => void;
	readonly onTable: (table: boolean) => void;
	readonly onSave: () => void;
}

/** How the timeline is looked at: closer, along, without its gaps, as a table, as a file. */
export function TimelineTools({ whole, seen, gaps, folded, table, onZoom, onFold, onTable, onSave }: TimelineToolsProps) {
	const { t, format } = useSpeech();
	const middle = (seen.from + seen.to) / 2;
	const isZoomed = seen.from > whole.from || seen.to < whole.to;
	const hidden = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
	return (
		<div className={styles.tools} role="toolbar" aria-label={t('timeline.tools')}>
			{!table && (
				<>
					<ZoomButton
						icon={ZoomOut}
						what="out"
						disabled={!isZoomed}
						onClick={() => onZoom(zoomed(whole, seen, 1 / ZOOM_TIMES, middle))}
					/>
					<ZoomButton icon={ZoomIn} what="in" onClick={() => onZoom(zoomed(whole, seen, ZOOM_TIMES, middle))} />
					<ZoomButton
						icon={ChevronLeft}
						what="earlier"
						disabled={seen.from <= whole.from}
						onClick={() => onZoom(shifted(whole, seen, -SHIFT_PART))}
					/>
					<ZoomButton
						icon={ChevronRight}
						what="later"
						disabled={seen.to >= whole.to}
						onClick={() => onZoom(shifted(whole, seen, SHIFT_PART))}
					/>
					<ZoomButton icon={Maximize2} what="reset" disabled={!isZoomed} onClick={() => onZoom(null)} />
					<span className={styles.extent} role="status" data-testid="timeline-extent">
						{isZoomed && t('timeline.extent', { from: since(seen.from, format), to: since(seen.to, format) })}
					</span>
					{gaps.length > 0 && (
						<button
							type="button"
							className={controls.button}
							aria-pressed={folded}
							data-testid="timeline-fold"
							onClick={() => onFold(!folded)}
						>
							<FoldHorizontal size={15} aria-hidden="true" />
							{t('timeline.fold', { n: gaps.length, time: format.duration(hidden) })}
						</button>
					)}
				</>
			)}
			<button
				type="button"
				className={`${controls.button} ${styles.last}`}
				aria-pressed={table}
				data-testid="timeline-table"
				onClick={() => onTable(!table)}
			>
				<Table2 size={15} aria-hidden="true" />
				{t('timeline.table')}
			</button>
			<button type="button" className={controls.button} data-testid="timeline-csv" onClick={onSave}>
				<Download size={15} aria-hidden="true" />
				{t('timeline.csv')}
			</button>
		</div>
	);
}

function since(ms: number, format: Format): string {
	return ms < 0 ? `−${format.duration(-ms)}` : format.duration(ms);
}

interface ZoomButtonProps {
	readonly icon: LucideIcon;
	readonly what: 'in' | 'out' | 'earlier' | 'later' | 'reset';
	readonly disabled?: boolean;
	readonly onClick: () => void;
}

function ZoomButton({ icon: Icon, what, disabled = false, onClick }: ZoomButtonProps) {
	const { t } = useSpeech();
	return (
		<button
			type="button"
			className={`${controls.button} ${styles.icon}`}
			title={t(`timeline.zoom.${what}`)}
			disabled={disabled}
			data-testid="timeline-zoom"
			data-value={what}
			onClick={onClick}
		>
			<Icon size={15} aria-hidden="true" />
			<span className="visually-hidden">{t(`timeline.zoom.${what}`)}</span>
		</button>
	);
}
