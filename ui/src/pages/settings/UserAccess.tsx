import { KeyRound, Trash2, UserRoundCheck, UserRoundX } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/http';
import { changeUser, removeUser, type User } from '../../api/users';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Confirm } from '../../forms/Confirm';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useFieldFaults, useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { PASSWORD_MIN } from './PasswordForm';

interface UserAccessProps {
	readonly user: User;
	readonly onSaved: (user: User) => void;
	readonly onStale: () => void;
	readonly onRemoved: () => void;
}

/** Whether a person may sign in at all: new password, deactivation, removal. */
export function UserAccess({ user, onSaved, onStale, onRemoved }: UserAccessProps) {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const { working, error, send } = useSending();
	/** What was changed meanwhile is read anew, so that the next attempt means the present state. */
	const heeding = async (work: Promise<unknown>) => {
		try {
			return await work;
		} catch (cause) {
			if (cause instanceof ApiError && cause.status === 412) onStale();
			throw cause;
		}
	};
	const activate = (isActive: boolean) => heeding(changeUser(http, user, { isActive }).then(onSaved));
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="access">
			<h2 id="access">{t('users.access')}</h2>
			<NewPassword user={user} onSaved={onSaved} heeding={heeding} />
			<div className={styles.actions} data-testid="user-state" data-active={user.active}>
				{user.active ? (
					<Confirm
						label={t('users.deactivate')}
						icon={UserRoundX}
						question={t('users.deactivateAsk', { name: user.name })}
						action={t('users.deactivate')}
						testId="user-deactivate"
						work={() => activate(false)}
					/>
				) : (
					<ActionButton
						className={controls.button}
						working={working}
						data-testid="user-activate"
						onClick={() => void send(() => activate(true))}
					>
						<UserRoundCheck size={15} aria-hidden="true" />
						{t('users.activate')}
					</ActionButton>
				)}
				<Confirm
					label={t('users.remove')}
					icon={Trash2}
					question={t('users.removeAsk', { name: user.name })}
					action={t('users.remove')}
					testId="user-remove"
					work={async () => {
						await heeding(removeUser(http, user));
						await queries.invalidateQueries({ queryKey: ['users'], exact: true });
						onRemoved();
					}}
				/>
			</div>
			<Failure error={error} />
		</section>
	);
}

interface NewPasswordProps {
	readonly user: User;
	readonly onSaved: (user: User) => void;
	readonly heeding: (work: Promise<unknown>) => Promise<unknown>;
}

function NewPassword({ user, onSaved, heeding }: NewPasswordProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [done, setDone] = useState(false);
	const form = useFocusOnFault(error);
	const faults = useFieldFaults(error);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const target = event.currentTarget;
		const password = filled(target)('password');
		setDone(false);
		if (!(await send(() => heeding(changeUser(http, user, { password }).then(onSaved))))) return;
		target.reset();
		setDone(true);
	};
	return (
		<form
			ref={form}
			className={`${styles.fields} ${styles.single}`}
			data-testid="reset-form"
			onSubmit={(event) => void submit(event)}
		>
			<Line
				name="password"
				type="password"
				label={t('account.newPassword')}
				hint={t('users.resetHint')}
				autoComplete="new-password"
				minLength={PASSWORD_MIN}
				required
				fault={faults.password}
			/>
			<Failure error={error} />
			<div role="status">{done && <Telling>{t('users.passwordSet', { name: user.name })}</Telling>}</div>
			<div className={styles.actions}>
				<ActionButton type="submit" className={controls.button} working={working}>
					<KeyRound size={15} aria-hidden="true" />
					{t('users.setPassword')}
				</ActionButton>
			</div>
		</form>
	);
}
