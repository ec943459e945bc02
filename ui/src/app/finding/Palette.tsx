import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useSpeech } from '../../i18n/language';
import { type Entry, GROUPS } from './entries';
import styles from './Finding.module.css';
import { closing, useDialog } from './modal';
import { useEntries } from './useEntries';

interface PaletteProps {
	readonly onClose: () => void;
	readonly onHelp: () => void;
}

/** One field for everything: where to go, what to do, and what the server knows. The focus stays in the field. */
export default function Palette({ onClose, onHelp }: PaletteProps) {
	const { t } = useSpeech();
	const id = useId();
	const dialog = useDialog();
	const [, navigate] = useLocation();
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const { entries, searching, error, personal } = useEntries(text, onHelp);
	const active = entries[Math.min(at, entries.length - 1)];
	useEffect(() => {
		if (active !== undefined) document.getElementById(optionId(id, active))?.scrollIntoView({ block: 'nearest' });
	}, [active, id]);

	const choose = (entry: Entry) => {
		onClose();
		if (typeof entry.to === 'string') navigate(entry.to);
		else entry.to();
	};
	const press = (event: KeyboardEvent) => {
		const to = target(event.key, Math.min(at, entries.length - 1), entries.length);
		if (to !== null) {
			event.preventDefault();
			setAt(to);
		} else if (event.key === 'Enter' && active !== undefined) {
			event.preventDefault();
			choose(active);
		}
	};
	return (
		<dialog ref={dialog} className={styles.palette} data-testid="palette" aria-label={t('find.title')} {...closing(onClose)}>
			<div className={styles.field}>
				<Search size={18} aria-hidden="true" />
				<input
					type="text"
					role="combobox"
					data-testid="palette-input"
					aria-label={t('find.title')}
					aria-expanded={entries.length > 0}
					aria-controls={id}
					aria-autocomplete="list"
					placeholder={t('find.hint')}
					autoComplete="off"
					spellCheck={false}
					value={text}
					autoFocus
					onChange={(event) => {
						setText(event.target.value);
						setAt(0);
					}}
					onKeyDown={press}
					{...(active === undefined ? {} : { 'aria-activedescendant': optionId(id, active) })}
				/>
			</div>
			<Results id={id} entries={entries} active={active} onChoose={choose} />
			<p role="status" className={styles.state} data-testid="palette-state" data-searching={searching}>
				{personal
					? t('list.personal')
					: error !== null
						? t('state.error')
						: searching
							? t('find.searching')
							: entries.length === 0
								? t('find.nothing')
								: t('find.count', { n: entries.length })}
			</p>
		</dialog>
	);
}

function target(key: string, at: number, count: number): number | null {
	const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 5, PageUp: at - 5 };
	const to = steps[key];
	if (to === undefined || count === 0) return null;
	if (key.startsWith('Arrow')) return (to + count) % count;
	return Math.max(0, Math.min(count - 1, to));
}

function optionId(id: string, entry: Entry): string {
	return `${id}-${entry.key}`;
}

interface ResultsProps {
	readonly id: string;
	readonly entries: readonly Entry[];
	readonly active: Entry | undefined;
	readonly onChoose: (entry: Entry) => void;
}

function Results({ id, entries, active, onChoose }: ResultsProps) {
	const { t } = useSpeech();
	return (
		<div id={id} role="listbox" aria-label={t('find.results')} className={styles.results}>
			{GROUPS.map((group) => {
				const members = entries.filter((entry) => entry.group === group);
				if (members.length === 0) return null;
				return (
					// biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a list box
					<div key={group} role="group" aria-label={t(`find.group.${group}`)}>
						<p aria-hidden="true" className={styles.group}>
							{t(`find.group.${group}`)}
						</p>
						{members.map((entry) => (
							<Option key={entry.key} id={optionId(id, entry)} entry={entry} active={entry === active} onChoose={onChoose} />
						))}
					</div>
				);
			})}
		</div>
	);
}

interface OptionProps {
	readonly id: string;
	readonly entry: Entry;
	readonly active: boolean;
	readonly onChoose: (entry: Entry) => void;
}

function Option({ id, entry, active, onChoose }: OptionProps) {
	const Icon = entry.icon;
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, as the pattern of a combobox wants it
		<div
			id={id}
			role="option"
			tabIndex={-1}
			aria-selected={active}
			className={styles.option}
			data-testid="palette-option"
			data-group={entry.group}
			data-key={entry.key}
			onClick={() => onChoose(entry)}
		>
			<Icon size={16} aria-hidden="true" />
			<span>{entry.label}</span>
			{entry.detail !== '' && <small>{entry.detail}</small>}
		</div>
	);
}
