import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type UIEvent, useEffect, useRef } from 'react';
import { useMedia } from '../../app/useMedia';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import type { ExecutionList, ListView } from '../../live/executionlist';
import { ExecutionRow } from './ExecutionRow';
import styles from './ExecutionTable.module.css';

const COLUMNS = ['status', 'workflow', 'client', 'step', 'progress', 'start', 'time', 'priority'] as const;

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
}

/** The list's rows, as many as the view needs. While somebody points at them or reads further down, their order stands still. */
export function ExecutionTable({ list, view, from }: ExecutionTableProps) {
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
	const move = (event: KeyboardEvent) => {
		const to = target(event, view.ids.length);
		if (to === null) return;
		event.preventDefault();
		virtual.scrollToIndex(to);
		requestAnimationFrame(() => focusRow(scroller.current, to));
	};

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
					aria-label={t('list.table')}
					aria-rowcount={view.complete ? view.ids.length + 1 : -1}
					onKeyDown={move}
					onFocus={hold.focus}
					onBlur={hold.blur}
				>
					<div role="rowgroup" className={styles.head}>
						<div role="row" className={styles.headRow} aria-rowindex={1}>
							{COLUMNS.map((column) => (
								<span key={column} role="columnheader" className={styles[column]}>
									{t(`list.col.${column}`)}
								</span>
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

function target(event: KeyboardEvent, count: number): number | null {
	const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
	if (row === null) return null;
	const at = Number(row.dataset.index);
	const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 };
	const to = steps[event.key];
	return to === undefined || to < 0 || to >= count ? null : to;
}

function focusRow(scroller: HTMLElement | null, index: number): void {
	scroller?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus({ preventScroll: true });
}
