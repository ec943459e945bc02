import { Save } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { PEOPLE_ROLES, ROLES, type Role } from '../../api/roles';
import { changeUser, createUser, type User, type UserChange } from '../../api/users';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useFieldFaults, useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { ClientList } from './ClientList';
import { PASSWORD_MIN } from './PasswordForm';
import { RoleChoice } from './RoleChoice';

interface UserFormProps {
	/** null: a new one. */
	readonly user: User | null;
	readonly onSaved: (user: User) => unknown;
	/** The last attempt worked: the form begins anew after it, so it does not know itself. */
	readonly saved: boolean;
	/** The present state of the user is asked for. */
	readonly onStale: () => void;
}

/** Who a person is, what they may do and for which clients. */
export function UserForm({ user, onSaved, saved: told, onStale }: UserFormProps) {
	const { t } = useSpeech();
	const { http, session } = useServices();
	const [clients, setClients] = useState<readonly string[]>(user?.clients ?? []);
	const [pending, setPending] = useState('');
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = useFieldFaults(error);
	const offered = useOffered(user?.roles ?? []);

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const target = event.currentTarget;
		const all = pending.trim() === '' ? clients : [...new Set([...clients, pending.trim()])];
		const value = filled(target);
		const change: UserChange = {
			login: value('login').trim(),
			name: value('name').trim(),
			email: value('email').trim(),
			phone: value('phone').trim(),
			roles: new FormData(target).getAll('roles').map(String),
			clients: all,
			...(user === null ? { password: value('password') } : {}),
		};
		await send(async () => {
			const saved = user === null ? await createUser(http, change) : await changeUser(http, user, change);
			setClients(all);
			setPending('');
			await onSaved(saved);
			// Whoever changes themselves sees other pages from now on.
			const state = session.state.get();
			if (state.phase === 'in' && state.viewer?.id === saved.id) await session.check();
		});
	};
	return (
		<form ref={form} className={styles.fields} data-testid="user-form" onSubmit={(event) => void submit(event)}>
			<Line name="name" label={t('settings.name')} autoComplete="off" defaultValue={user?.name ?? ''} fault={faults.name} />
			<Line
				name="login"
				label={t('login.login')}
				hint={t('users.loginHint')}
				autoComplete="off"
				required
				defaultValue={user?.login ?? ''}
				fault={faults.login}
			/>
			<Line
				name="email"
				type="text"
				inputMode="email"
				label={t('settings.email')}
				autoComplete="off"
				defaultValue={user?.email ?? ''}
				fault={faults.email}
			/>
			<Line
				name="phone"
				type="tel"
				label={t('settings.phone')}
				autoComplete="off"
				defaultValue={user?.phone ?? ''}
				fault={faults.phone}
			/>
			{user === null && (
				<Line
					name="password"
					type="password"
					label={t('users.firstPassword')}
					hint={t('users.firstPasswordHint')}
					autoComplete="new-password"
					minLength={PASSWORD_MIN}
					required
					wide
					fault={faults.password}
				/>
			)}
			<RoleChoice offered={offered} given={user?.roles ?? []} fault={faults.roles} />
			<ClientList clients={clients} pending={pending} onChange={setClients} onWrite={setPending} fault={faults.clients} />
			<div className={styles.stack} data-wide="">
				<Failure error={error} onStale={onStale} />
				<div role="status">{told && error === null && <Telling testId="user-saved">{t('settings.saved')}</Telling>}</div>
				<SubmitRow icon={Save} label={t(user === null ? 'users.create' : 'act.save')} working={working} />
			</div>
		</form>
	);
}

/** The roles that may be given to a person; what they have already stays in sight. */
function useOffered(given: readonly string[]): readonly Role[] {
	const state = useSignal(useServices().session.state);
	const appliance = state.phase === 'in' && state.viewer?.roles.includes('appliance_admin') === true;
	return ROLES.filter(
		(role) => PEOPLE_ROLES.some((one) => one === role) || given.includes(role) || (appliance && role === 'appliance_admin'),
	);
}
