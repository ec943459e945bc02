import { Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useSpeech } from '../../i18n/language';
import { useServices } from '../services';
import styles from './Finding.module.css';
import { Letters } from './letters';
import { copyId, focusFilter, pressButton, stepRange, stepRow } from './press';
import { type ActionName, keyOf, ShortcutReader } from './shortcuts';

const Palette = lazy(() => import('./Palette'));
const ShortcutHelp = lazy(() => import('./ShortcutHelp'));

/** How long it is said what a shortcut did, in ms. */
const SAID_MS = 3_000;

type Opened = 'palette' | 'help' | null;

/** The search box of the frame, the palette behind it, and the keyboard's shortcuts. */
export function Finding() {
	const { t } = useSpeech();
	const [opened, setOpened] = useState<Opened>(null);
	const letters = useMemo(() => new Letters(), []);
	const said = useShortcuts(letters, setOpened);
	return (
		<>
			<button type="button" className={styles.box} data-testid="search-open" onClick={() => setOpened('palette')}>
				<Search size={16} aria-hidden="true" />
				<span>{t('find.open')}</span>
				<kbd>{t('find.keys')}</kbd>
			</button>
			<span role="status" className={said === '' ? 'visually-hidden' : styles.said}>
				{said}
			</span>
			<Suspense>
				{opened === 'palette' && <Palette onClose={() => setOpened(null)} onHelp={() => setOpened('help')} />}
				{opened === 'help' && <ShortcutHelp letters={letters} onClose={() => setOpened(null)} />}
			</Suspense>
		</>
	);
}

/** Listens to the keyboard; answers what is to be said of the last shortcut. */
function useShortcuts(letters: Letters, open: (what: Opened) => void): string {
	const { t } = useSpeech();
	const [said, setSaid] = useState('');
	useEffect(() => {
		if (said === '') return;
		const timer = setTimeout(() => setSaid(''), SAID_MS);
		return () => clearTimeout(timer);
	}, [said]);
	const act = useActions(open, setSaid);
	const latest = useRef(act);
	latest.current = act;
	useEffect(() => {
		const reader = new ShortcutReader();
		const listen = (event: KeyboardEvent) => {
			const key = keyOf(event);
			if (key === '' || event.defaultPrevented || (event.repeat && key !== 'j' && key !== 'k')) return;
			if (key !== 'mod+k' && (typing(event.target) || document.querySelector('dialog[open]') !== null)) return;
			const action = reader.read(key, event.timeStamp, letters.on.get());
			if (action === null) return;
			event.preventDefault();
			latest.current(action);
		};
		addEventListener('keydown', listen);
		return () => removeEventListener('keydown', listen);
	}, [letters]);
	return said === '' ? '' : t('keys.copied', { id: said });
}

/** Whether a key belongs to what is being written, or to a choice. */
function typing(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
	return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
}

function useActions(open: (what: Opened) => void, onCopied: (id: string) => void): (name: ActionName) => void {
	const { feed, queries, connection, alerts, refreshList } = useServices();
	const [, navigate] = useLocation();
	const actions: Readonly<Record<ActionName, () => void>> = {
		palette: () => open('palette'),
		help: () => open('help'),
		goDashboard: () => navigate('/'),
		goExecutions: () => navigate('/executions'),
		goWorkflows: () => navigate('/workflows'),
		goQueue: () => navigate('/queue'),
		goAlerts: () => navigate('/alerts'),
		goDeadlines: () => navigate('/deadlines'),
		goResources: () => navigate('/resources'),
		filter: focusFilter,
		nextRow: () => stepRow(1),
		formerRow: () => stepRow(-1),
		copyId: () => void copyId().then((id) => id !== null && onCopied(id)),
		pause: () => (feed.paused.get() === null ? feed.pause() : feed.resume()),
		refresh: () => {
			connection.connectNow();
			refreshList();
			alerts.refresh();
			void queries.invalidateQueries();
		},
		acknowledge: () => pressButton('alert-ack'),
		escalate: () => pressButton('alert-escalate'),
		edit: () => pressButton('dashboard-edit'),
		formerRange: () => stepRange(-1),
		nextRange: () => stepRange(1),
	};
	return (name) => actions[name]();
}
