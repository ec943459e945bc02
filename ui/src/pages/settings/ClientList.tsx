import { Plus, X } from 'lucide-react';
import { useId, useRef } from 'react';
import controls from '../../design/controls.module.css';
import { Fault } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import chips from './chips.module.css';

interface ClientListProps {
	readonly clients: readonly string[];
	/** What was written and not added yet. */
	readonly pending: string;
	readonly onChange: (clients: readonly string[]) => void;
	readonly onWrite: (pending: string) => void;
	readonly fault: string | undefined;
}

/** The clients that a person sees, each added by its symbol; none: all. */
export function ClientList({ clients, pending, onChange, onWrite, fault }: ClientListProps) {
	const { t } = useSpeech();
	const id = useId();
	const input = useRef<HTMLInputElement>(null);
	const add = () => {
		const client = pending.trim();
		if (client === '') return;
		if (!clients.includes(client)) onChange([...clients, client]);
		onWrite('');
		input.current?.focus();
	};
	return (
		<div className={styles.line} data-wide="">
			<label htmlFor={id}>{t('settings.clients')}</label>
			<div className={chips.adder}>
				<input
					ref={input}
					id={id}
					className={controls.input}
					value={pending}
					autoComplete="off"
					spellCheck={false}
					data-testid="client-input"
					placeholder={t('list.clientHint')}
					aria-invalid={fault !== undefined}
					aria-describedby={`${id}-hint ${id}-fault`}
					onChange={(event) => onWrite(event.target.value)}
					onKeyDown={(event) => {
						if (event.key !== 'Enter') return;
						event.preventDefault();
						add();
					}}
				/>
				<button type="button" className={controls.button} onClick={add}>
					<Plus size={15} aria-hidden="true" />
					{t('users.addClient')}
				</button>
			</div>
			<Fault id={`${id}-fault`} text={fault} />
			<span id={`${id}-hint`} className={styles.hint}>
				{t(clients.length === 0 ? 'users.clientsHint' : 'users.clientsOnly')}
			</span>
			{clients.length > 0 && (
				<ul className={chips.chips}>
					{clients.map((client) => (
						<li key={client}>
							{client}
							<button type="button" onClick={() => onChange(clients.filter((one) => one !== client))}>
								<X size={14} aria-hidden="true" />
								<span className="visually-hidden">{t('users.removeClient', { client })}</span>
							</button>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}
