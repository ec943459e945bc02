import { Braces, ChevronDown, ChevronUp, ListTree, Search } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { TextBox } from '../../design/TextBox';
import { useSpeech } from '../../i18n/language';
import { type Entry, entriesOf, hitsOf, isMasked, ownText, pathOf } from '../../json/entries';
import type { JsonNode } from '../../json/parse';
import { printJson } from '../../json/print';
import { JsonTree } from './JsonTree';
import styles from './JsonView.module.css';
import { useTree } from './useTree';

/** A JSON value to look through: as a tree with a search, or as a text. */
export function JsonView({ title, root }: { readonly title: string; readonly root: JsonNode }) {
	const { t } = useSpeech();
	const [asText, setAsText] = useState(false);
	const [sought, setSought] = useState('');
	const entries = useMemo(() => entriesOf(root), [root]);
	const hits = useMemo(() => hitsOf(entries, sought), [entries, sought]);
	const masked = useMemo(() => entries.filter(({ node }) => isMasked(ownText(node) ?? '')).length, [entries]);
	const tree = useTree(entries);
	return (
		<div className={styles.view}>
			<div className={styles.bar}>
				<fieldset className={styles.modes}>
					<legend className="visually-hidden">{t('payload.mode')}</legend>
					<button type="button" aria-pressed={!asText} onClick={() => setAsText(false)}>
						<ListTree size={14} aria-hidden="true" />
						{t('payload.tree')}
					</button>
					<button type="button" aria-pressed={asText} onClick={() => setAsText(true)}>
						<Braces size={14} aria-hidden="true" />
						{t('payload.text')}
					</button>
				</fieldset>
				{!asText && <Finder title={title} sought={sought} hits={hits} onSeek={setSought} onShow={tree.show} />}
			</div>
			{masked > 0 && <p className={styles.masked}>{t('payload.maskedCount', { n: masked })}</p>}
			{asText ? (
				<TextBox label={title}>{printJson(root)}</TextBox>
			) : (
				<>
					<JsonTree title={title} entries={entries} tree={tree} hits={hits} />
					<Chosen entries={entries} at={tree.active} />
				</>
			)}
		</div>
	);
}

interface FinderProps {
	readonly title: string;
	readonly sought: string;
	readonly hits: readonly number[];
	readonly onSeek: (text: string) => void;
	readonly onShow: (at: number) => void;
}

/** A search with the number of hits, and the way from one to the next. */
function Finder({ title, sought, hits, onSeek, onShow }: FinderProps) {
	const { t } = useSpeech();
	const [nth, setNth] = useState(-1);
	const go = (by: 1 | -1) => {
		if (hits.length === 0) return;
		const next = nth < 0 ? (by > 0 ? 0 : hits.length - 1) : (nth + by + hits.length) % hits.length;
		setNth(next);
		const at = hits[next];
		if (at !== undefined) onShow(at);
	};
	const press = (event: KeyboardEvent) => {
		if (event.key === 'Enter') {
			event.preventDefault();
			go(event.shiftKey ? -1 : 1);
		}
	};
	const place =
		nth >= 0 && nth < hits.length
			? t('payload.hitOf', { nth: nth + 1, all: hits.length })
			: t('payload.hits', { n: hits.length });
	return (
		<search className={styles.finder}>
			<label>
				<Search size={14} aria-hidden="true" />
				<span className="visually-hidden">
					{t('payload.search')}: {title}
				</span>
				<input
					type="search"
					className={controls.input}
					placeholder={t('payload.search')}
					value={sought}
					data-testid="payload-search"
					onChange={(event) => {
						setNth(-1);
						onSeek(event.target.value);
					}}
					onKeyDown={press}
				/>
			</label>
			<span
				className={styles.count}
				role="status"
				data-testid="payload-hits"
				data-value={sought.trim() === '' ? '' : hits.length}
			>
				{sought.trim() !== '' && place}
			</span>
			{([-1, 1] as const).map((by) => (
				<button
					key={by}
					type="button"
					className={`${controls.button} ${styles.small}`}
					disabled={hits.length === 0}
					title={t(by < 0 ? 'payload.previous' : 'payload.next')}
					onClick={() => go(by)}
				>
					{by < 0 ? <ChevronUp size={15} aria-hidden="true" /> : <ChevronDown size={15} aria-hidden="true" />}
					<span className="visually-hidden">{t(by < 0 ? 'payload.previous' : 'payload.next')}</span>
				</button>
			))}
		</search>
	);
}

/** The address of the value that was chosen, and its copies. */
function Chosen({ entries, at }: { readonly entries: readonly Entry[]; readonly at: number }) {
	const { t } = useSpeech();
	const path = pathOf(entries, at);
	return (
		<div className={styles.chosen}>
			<code data-testid="payload-path">{path}</code>
			<CopyButton label={t('payload.copyValue')} text={() => copied(entries[at])} testId="copy-value" />
			<CopyButton label={t('payload.copyPath')} text={() => path} testId="copy-path" />
		</div>
	);
}

/** A text as itself, everything else as JSON. */
export function copied(entry: Entry | undefined): string {
	if (entry === undefined) return '';
	return ownText(entry.node) ?? printJson(entry.node);
}
