import { X } from 'lucide-react';
import { IconButton } from '../../design/IconButton';
import { useSpeech } from '../../i18n/language';
import { useSignal } from '../hooks';
import styles from './Finding.module.css';
import type { Letters } from './letters';
import { closing, useDialog } from './modal';
import { SHORTCUTS, type Shortcut } from './shortcuts';

const GROUPS = ['go', 'list', 'page'] as const;

interface ShortcutHelpProps {
	readonly letters: Letters;
	readonly onClose: () => void;
}

/** All shortcuts, and the switch of those that are single letters. */
export default function ShortcutHelp({ letters, onClose }: ShortcutHelpProps) {
	const { t } = useSpeech();
	const dialog = useDialog();
	const on = useSignal(letters.on);
	return (
		<dialog ref={dialog} className={styles.help} data-testid="shortcuts" aria-labelledby="shortcuts-title" {...closing(onClose)}>
			<div className={styles.helpHead}>
				<h2 id="shortcuts-title">{t('keys.title')}</h2>
				<IconButton label={t('keys.closeHelp')} icon={X} onClick={onClose} />
			</div>
			<label className={styles.switch}>
				<input type="checkbox" data-testid="letters" checked={on} onChange={(event) => letters.choose(event.target.checked)} />
				<span>
					{t('keys.letters')}
					<small>{t('keys.lettersHint')}</small>
				</span>
			</label>
			<div className={styles.groups}>
				{GROUPS.map((group) => (
					<section key={group} aria-labelledby={`keys-${group}`}>
						<h3 id={`keys-${group}`}>{t(`keys.group.${group}`)}</h3>
						<dl>
							{SHORTCUTS.filter((one) => one.group === group).map((one) => (
								<Row key={one.keys.join(' ')} shortcut={one} off={!on && one.action !== null && one.action !== 'palette'} />
							))}
						</dl>
					</section>
				))}
			</div>
		</dialog>
	);
}

function Row({ shortcut, off }: { readonly shortcut: Shortcut; readonly off: boolean }) {
	const { t } = useSpeech();
	return (
		<div data-testid="shortcut" data-off={off}>
			<dt>
				{shortcut.keys.map((key) => (
					<kbd key={key}>{key === 'mod+k' ? t('find.keys') : key}</kbd>
				))}
			</dt>
			<dd>{t(shortcut.says)}</dd>
		</div>
	);
}
