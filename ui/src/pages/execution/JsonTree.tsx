import { ChevronRight, EyeOff } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { type Entry, isMasked, ownText, partsOf } from '../../json/entries';
import type { JsonNode } from '../../json/parse';
import { scalarText } from '../../json/print';
import { copied } from './JsonView';
import styles from './JsonView.module.css';
import type { Tree } from './useTree';

/** Longer texts are folded, in characters. */
const TEXT_MAX = 240;

interface JsonTreeProps {
	readonly title: string;
	readonly entries: readonly Entry[];
	readonly tree: Tree;
	readonly hits: readonly number[];
}

/** The values of a JSON text, one a line: arrows move, open and close, Home and End jump, Ctrl+C copies the value. */
export function JsonTree({ title, entries, tree, hits }: JsonTreeProps) {
	const { t } = useSpeech();
	const box = useRef<HTMLDivElement>(null);
	const found = useMemo(() => new Set(hits), [hits]);
	const { active } = tree;
	const shown = useRef(active);
	// What a search chose is brought into sight; the focus stays in the search.
	useEffect(() => {
		if (shown.current === active) return;
		shown.current = active;
		box.current?.querySelector(`[data-at="${active}"]`)?.scrollIntoView?.({ block: 'nearest' });
	}, [active]);
	const focus = (at: number | undefined) => {
		if (at === undefined) return;
		tree.choose(at);
		box.current?.querySelector<HTMLElement>(`[data-at="${at}"]`)?.focus();
	};
	const press = (event: KeyboardEvent) => {
		if (event.target instanceof HTMLButtonElement || event.ctrlKey || event.metaKey || event.altKey) return;
		const act = movement(event.key, entries, tree, focus);
		if (act === null) return;
		event.preventDefault();
		act();
	};
	const copy = (event: ClipboardEvent) => {
		if (window.getSelection()?.isCollapsed === false) return;
		event.preventDefault();
		event.clipboardData.setData('text/plain', copied(entries[active]));
	};
	return (
		<div className={styles.scroller}>
			<div ref={box} role="tree" aria-label={title} onKeyDown={press} onCopy={copy}>
				{tree.lines.map((at) => {
					const entry = entries[at];
					return entry && <Line key={at} at={at} entry={entry} tree={tree} hit={found.has(at)} />;
				})}
			</div>
			{tree.more > 0 && (
				<button type="button" className={controls.button} onClick={tree.drawMore}>
					{t('payload.moreLines', { n: tree.more })}
				</button>
			)}
		</div>
	);
}

/** What a key does in a tree, as ARIA has it; null: nothing. */
function movement(key: string, entries: readonly Entry[], tree: Tree, focus: (at: number | undefined) => void) {
	const { active, lines } = tree;
	const place = lines.indexOf(active);
	const entry = entries[active];
	const hasParts = entry !== undefined && partsOf(entry.node) > 0;
	const open = tree.isOpen(active);
	switch (key) {
		case 'ArrowDown':
			return () => focus(lines[place + 1]);
		case 'ArrowUp':
			return () => focus(lines[place - 1]);
		case 'Home':
			return () => focus(lines[0]);
		case 'End':
			return () => focus(lines.at(-1));
		case 'ArrowRight':
			return () => (hasParts && !open ? tree.set(active, true) : hasParts && focus(active + 1));
		case 'ArrowLeft':
			return () => (open ? tree.set(active, false) : focus(entry !== undefined && entry.parent >= 0 ? entry.parent : undefined));
		case 'Enter':
		case ' ':
			return () => hasParts && tree.set(active, !open);
		default:
			return null;
	}
}

interface LineProps {
	readonly at: number;
	readonly entry: Entry;
	readonly tree: Tree;
	readonly hit: boolean;
}

function Line({ at, entry, tree, hit }: LineProps) {
	const { node, key, depth } = entry;
	const parts = partsOf(node);
	const open = tree.isOpen(at);
	const active = at === tree.active;
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it takes the keys of all its items
		<div
			role="treeitem"
			tabIndex={active ? 0 : -1}
			className={styles.line}
			aria-level={depth + 1}
			aria-posinset={entry.position + 1}
			aria-setsize={entry.siblings}
			aria-expanded={parts > 0 ? open : undefined}
			aria-selected={active}
			data-at={at}
			data-hit={hit || undefined}
			style={{ paddingInlineStart: `${depth * 16 + 4}px` }}
			onClick={() => {
				tree.choose(at);
				if (parts > 0 && window.getSelection()?.isCollapsed !== false) tree.set(at, !open);
			}}
			onFocus={(event) => event.target === event.currentTarget && tree.choose(at)}
		>
			<ChevronRight size={14} className={styles.chevron} data-open={open} data-leaf={parts === 0} aria-hidden="true" />
			<span className={styles.content}>
				{key !== null && (
					<>
						<span className={styles.key}>{JSON.stringify(key)}</span>:{' '}
					</>
				)}
				{key === null && entry.parent >= 0 && <span className={styles.place}>{`${entry.position} `}</span>}
				<Value node={node} parts={parts} open={open} />
			</span>
		</div>
	);
}

function Value({ node, parts, open }: { readonly node: JsonNode; readonly parts: number; readonly open: boolean }) {
	const { t } = useSpeech();
	if (node.kind === 'object' || node.kind === 'array') {
		const [first, last] = node.kind === 'object' ? '{}' : '[]';
		if (parts === 0) return `${first}${last}`;
		return (
			<>
				{open ? first : `${first}…${last}`} <span className={styles.place}>{t('payload.parts', { n: parts })}</span>
			</>
		);
	}
	const text = ownText(node) ?? '';
	if (isMasked(text)) {
		return (
			<span className={styles.maskedValue} data-testid="masked" title={t('payload.masked')}>
				<EyeOff size={12} className={styles.eye} aria-hidden="true" />
				<LongText text={scalarText(node)} />
				<span className="visually-hidden"> ({t('payload.masked')})</span>
			</span>
		);
	}
	return (
		<span className={styles.value} data-kind={node.kind}>
			<LongText text={scalarText(node)} />
		</span>
	);
}

/** A text, folded where it is long. */
function LongText({ text }: { readonly text: string }) {
	const { t } = useSpeech();
	const [whole, setWhole] = useState(false);
	if (text.length <= TEXT_MAX) return text;
	return (
		<>
			{whole ? text : `${text.slice(0, TEXT_MAX)}…`}{' '}
			<button
				type="button"
				className={styles.fold}
				aria-expanded={whole}
				onClick={(event) => {
					event.stopPropagation();
					setWhole(!whole);
				}}
			>
				{whole ? t('payload.foldText') : t('payload.wholeText', { n: text.length - TEXT_MAX })}
			</button>
		</>
	);
}
