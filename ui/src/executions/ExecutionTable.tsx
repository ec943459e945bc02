import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, type RefObject, type UIEvent, useEffect, useRef } from 'react';
import { useMedia } from '../app/useMedia';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import type { ExecutionList, ListView } from '../live/executionlist';
import { COLUMNS, type Column } from '../url/columns';
import type { Sort } from '../url/filter';
import { ExecutionRow } from './ExecutionRow';
import styles from './ExecutionTable.module.css';

/** Heights in px, as the style sheet draws them. A card's holds the gap below it. */
const ROW_HEIGHT = 46;
const CARD_HEIGHT = 150;
const CARDS = '(max-width: 720px)';

/** Rows kept ready above and below the view, so that a short list is in the document as a whole. */
const OVERSCAN = 16;
/** Older rows are fetched when fewer than this many are left below the view. */
const OLDER_BEFORE_END = 30;

interface ExecutionTableProps {
	readonly list: ExecutionList;
	readonly view: ListView;
	readonly from: string;
	/** Those that somebody chose; null: as many as there is room for. */
	readonly columns?: readonly Column[] | null;
	/** Not given: the order is what it is. */
	readonly onSort?: (sort: Sort) => void;
}

/** The list's rows, as many as the view needs. While somebody points at them or reads further down, their order stands still. */
export function ExecutionTable({ list, view, from, columns = null, onSort }: ExecutionTableProps) {
	const { t } = useSpeech();
	const scroller = useRef<HTMLDivElement>(null);
	const cards = useMedia(CARDS);
	const height = cards ? CARD_HEIGHT : ROW_HEIGHT;
	const virtual = useVirtualizer({
		count: view.ids.length,
		getScrollElement: () => scroller.current,
		estimateSize: () => height,
		getItemKey: (index) => view.ids[index] ?? index,
		overscan: OVERSCAN,
		initialOffset: list.offset,
		useFlushSync: false,
	});

	// biome-ignore lint/correctness/useExhaustiveDependencies: the height is what the measurements depend on
	useEffect(() => virtual.measure(), [virtual, height]);

	const hold = useHold(list);
	const items = virtual.getVirtualItems();
	const last = items.at(-1)?.index ?? 0;
	const nearEnd = view.hasOlder && !view.loadingOlder && view.error === null && last >= view.ids.length - OLDER_BEFORE_END;
	useEffect(() => {
		if (nearEnd) void list.loadOlder();
	}, [nearEnd, list]);

	const toTop = () => {
		list.release();
		scroller.current?.scrollTo({ top: 0 });
	};
	const move = useMoves(scroller, view.ids.length, (to) => virtual.scrollToIndex(to), hold.blur);

	return (
		<div className={styles.frame} onPointerEnter={hold.enter} onPointerLeave={hold.leave}>
			{view.waiting > 0 && (
				<button
					type="button"
					className={`${controls.button} ${controls.primary} ${styles.pill}`}
					data-testid="new-rows"
					onClick={toTop}
				>
					<ArrowUp size={15} aria-hidden="true" />
					{t('list.new', { n: view.waiting })}
				</button>
			)}
			<div ref={scroller} className={styles.scroller} onScroll={hold.scrolled}>
				<div
					role="table"
					data-columns={columns === null ? 'usual' : 'chosen'}
					style={columns === null ? {} : chosenColumns(columns)}
					aria-label={t('list.table')}
					aria-rowcount={view.complete ? view.ids.length + 1 : -1}
					onKeyDown={move}
					onFocus={hold.focus}
					onBlur={hold.blur}
				>
					<div role="rowgroup" className={styles.head}>
						<div role="row" className={styles.headRow} aria-rowindex={1}>
							{(columns ?? COLUMNS).map((column) => (
								<ColumnHead key={column} column={column} sort={list.filter.sort} onSort={onSort} />
							))}
						</div>
					</div>
					<div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
						{items.map((item) => {
							const id = view.ids[item.index];
							if (id === undefined) return null;
							return (
								<ExecutionRow
									key={item.key}
									rows={list.rows}
									id={id}
									index={item.index}
									top={item.start}
									height={item.size}
									from={from}
									columns={columns ?? COLUMNS}
								/>
							);
						})}
					</div>
				</div>
				<Foot list={list} view={view} />
			</div>
		</div>
	);
}

/** Columns by which the list can be sorted, with the order that comes first. */
const SORTED: Readonly<Partial<Record<Column, readonly [Sort, Sort]>>> = {
	start: ['-startedAt', 'startedAt'],
	time: ['-duration', 'duration'],
};

interface ColumnHeadProps {
	readonly column: Column;
	readonly sort: Sort;
	readonly onSort: ((sort: Sort) => void) | undefined;
}

function ColumnHead({ column, sort, onSort }: ColumnHeadProps) {
	const { t } = useSpeech();
	const sorts = SORTED[column];
	const name = t(`list.col.${column}`);
	if (sorts === undefined || onSort === undefined) {
		return (
			<span role="columnheader" className={styles[column]}>
				{name}
			</span>
		);
	}
	const [down, up] = sorts;
	const Icon = sort === up ? ArrowUp : sort === down ? ArrowDown : ArrowUpDown;
	return (
		<span
			role="columnheader"
			className={styles[column]}
			aria-sort={sort === up ? 'ascending' : sort === down ? 'descending' : 'none'}
		>
			<button
				type="button"
				className={styles.sorter}
				data-testid="sort"
				data-value={column}
				onClick={() => onSort(sort === down ? up : down)}
			>
				{name}
				<Icon size={12} aria-hidden="true" />
			</button>
		</span>
	);
}

const WIDTHS: Readonly<Record<Column, string>> = {
	status: '144px',
	workflow: 'minmax(160px, 1.7fr)',
	client: 'minmax(100px, 1.2fr)',
	step: 'minmax(140px, 1.8fr)',
	progress: 'minmax(96px, 132px)',
	start: '112px',
	time: '84px',
	priority: '84px',
};

function chosenColumns(columns: readonly Column[]): CSSProperties {
	return { '--table-columns': columns.map((column) => WIDTHS[column]).join(' ') } as CSSProperties;
}

function Foot({ list, view }: { readonly list: ExecutionList; readonly view: ListView }) {
	const { t } = useSpeech();
	if (view.hasOlder) {
		return (
			<div className={styles.foot}>
				<button type="button" className={controls.button} disabled={view.loadingOlder} onClick={() => void list.loadOlder()}>
					{t(view.loadingOlder ? 'list.loadingOlder' : 'list.older')}
				</button>
			</div>
		);
	}
	return view.complete ? <p className={styles.foot}>{t('list.end')}</p> : null;
}

/** Holds the list's order while the pointer is over it, a row has the focus, or its top is out of view. */
function useHold(list: ExecutionList) {
	const reasons = useRef({ pointer: false, focus: false, scrolled: list.offset > 0 });
	const hold = (change: Partial<typeof reasons.current>) => {
		Object.assign(reasons.current, change);
		list.hold(Object.values(reasons.current).some(Boolean));
	};
	return {
		enter: () => hold({ pointer: true }),
		leave: () => hold({ pointer: false }),
		focus: () => hold({ focus: true }),
		blur: () => hold({ focus: false }),
		scrolled: (event: UIEvent<HTMLElement>) => {
			list.offset = event.currentTarget.scrollTop;
			hold({ scrolled: list.offset > ROW_HEIGHT });
		},
	};
}

/** Arrows go from row to row, Home and End to the first and last. A row that is not drawn yet takes the focus when it is. */
function useMoves(scroller: RefObject<HTMLElement | null>, count: number, show: (index: number) => void, onLost: () => void) {
	const wanted = useRef<number | null>(null);
	const reach = () => {
		const { activeElement } = document;
		const within = scroller.current?.contains(activeElement) === true;
		// Who went on elsewhere meanwhile is not called back.
		if (!within && activeElement !== document.body) wanted.current = null;
		const link = scroller.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] a`);
		if (link) {
			wanted.current = null;
			link.focus({ preventScroll: true });
		}
		// A row that is drawn no more takes the focus with it, and no event tells.
		else if (!within && wanted.current === null) onLost();
	};
	useEffect(reach);
	return (event: KeyboardEvent) => {
		const to = target(event, count);
		if (to === null) return;
		event.preventDefault();
		wanted.current = to;
		show(to);
		reach();
	};
}

function target(event: KeyboardEvent, count: number): number | null {
	const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
	if (row === null) return null;
	const at = Number(row.dataset.index);
	const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 };
	const to = steps[event.key];
	return to === undefined || to < 0 || to >= count ? null : to;
}
