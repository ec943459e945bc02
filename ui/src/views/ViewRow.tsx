import { Building2, Check, Pencil, RefreshCw, Trash2, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { changeView, removeView, type SavedView } from '../api/views';
import { ActionButton } from '../app/ActionButton';
import { useRight, useSignal } from '../app/hooks';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { IconButton } from '../design/IconButton';
import { filled } from '../forms/filled';
import { Failure } from '../forms/Outcome';
import { useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import styles from './views.module.css';

interface ViewRowProps {
	readonly view: SavedView;
	/** The page shows it now. */
	readonly current: boolean;
	/** What the page shows now. */
	readonly query: string;
	readonly onChanged: () => Promise<void>;
}

/** One kept view: opens it; whose it is may change it. */
export function ViewRow({ view, current, query, onChanged }: ViewRowProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const may = useMayChange(view);
	const [doing, setDoing] = useState<'rename' | 'remove' | null>(null);
	const { working, error, send } = useSending();
	const work = (change: () => Promise<unknown>) =>
		void send(async () => {
			await change();
			setDoing(null);
			await onChanged();
		});
	return (
		<li className={styles.row} data-testid="view" data-view-id={view.id} data-shared={view.shared}>
			{doing === 'rename' ? (
				<RenameForm
					view={view}
					onCancel={() => setDoing(null)}
					onRename={(name) => work(() => changeView(http, view, { name }))}
				/>
			) : (
				<Link
					className={styles.name}
					href={`/${view.page}${view.query === '' ? '' : `?${view.query}`}`}
					aria-current={current ? 'true' : undefined}
				>
					{view.name}
					{view.shared && <small>{t('views.office')}</small>}
				</Link>
			)}
			{may && doing === null && (
				<Actions
					view={view}
					query={current ? null : query}
					onDo={setDoing}
					onChange={(change) => work(() => changeView(http, view, change))}
				/>
			)}
			{doing === 'remove' && (
				<span className={styles.actions}>
					<ActionButton
						className={controls.button}
						working={working}
						data-testid="view-remove-confirm"
						onClick={() => work(() => removeView(http, view))}
					>
						{t('views.removeNow')}
					</ActionButton>
					<IconButton label={t('act.cancel')} icon={X} onClick={() => setDoing(null)} />
				</span>
			)}
			<Failure error={error} />
		</li>
	);
}

interface ActionsProps {
	readonly view: SavedView;
	/** What the page shows now, if that is something else. */
	readonly query: string | null;
	readonly onDo: (what: 'rename' | 'remove') => void;
	readonly onChange: (change: { readonly query?: string; readonly shared?: boolean }) => void;
}

function Actions({ view, query, onDo, onChange }: ActionsProps) {
	const { t } = useSpeech();
	const shares = useRight('views.share');
	const { name } = view;
	return (
		<span className={styles.actions}>
			{query !== null && <IconButton label={t('views.replace', { name })} icon={RefreshCw} onClick={() => onChange({ query })} />}
			<IconButton label={t('views.rename', { name })} icon={Pencil} testId="view-rename" onClick={() => onDo('rename')} />
			{shares && (
				<IconButton
					label={t('views.share', { name })}
					icon={Building2}
					testId="view-share"
					pressed={view.shared}
					onClick={() => onChange({ shared: !view.shared })}
				/>
			)}
			<IconButton label={t('views.remove', { name })} icon={Trash2} testId="view-remove" onClick={() => onDo('remove')} />
		</span>
	);
}

/** One's own is one's own to change; the office's is for those who share. */
function useMayChange(view: SavedView): boolean {
	const shares = useRight('views.share');
	const state = useSignal(useServices().session.state);
	return shares || (!view.shared && state.phase === 'in' && state.viewer?.id === view.owner);
}

interface RenameFormProps {
	readonly view: SavedView;
	readonly onCancel: () => void;
	readonly onRename: (name: string) => void;
}

function RenameForm({ view, onCancel, onRename }: RenameFormProps) {
	const { t } = useSpeech();
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		onRename(filled(event.currentTarget)('name').trim());
	};
	return (
		<form className={styles.rename} data-testid="view-rename-form" onSubmit={submit}>
			<input
				name="name"
				className={controls.input}
				aria-label={t('views.name')}
				defaultValue={view.name}
				autoComplete="off"
				// biome-ignore lint/a11y/noAutofocus: the form was just asked for
				autoFocus
			/>
			<IconButton label={t('act.save')} icon={Check} submit />
			<IconButton label={t('act.cancel')} icon={X} onClick={onCancel} />
		</form>
	);
}
