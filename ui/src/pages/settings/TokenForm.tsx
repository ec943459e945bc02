import { KeyRound } from 'lucide-react';
import type { FormEvent } from 'react';
import { ROLES } from '../../api/roles';
import { createToken, type NewToken } from '../../api/tokens';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { parseLocal } from '../../url/localtime';
import { filled } from '../login/Field';
import { Line } from './Line';
import { Failure, useFocusOnFault } from './Outcome';
import styles from './parts.module.css';
import { RoleChoice } from './RoleChoice';
import { useFieldFaults, useSending } from './sending';

interface TokenFormProps {
	readonly onMade: (token: NewToken) => void;
	readonly onCancel: () => void;
}

/** Makes a key for a program. */
export function TokenForm({ onMade, onCancel }: TokenFormProps) {
	const { t } = useSpeech();
	const { http, session } = useServices();
	const state = useSignal(session.state);
	const appliance = state.phase === 'in' && state.viewer?.roles.includes('appliance_admin') === true;
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = useFieldFaults(error);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const roles = new FormData(event.currentTarget).getAll('roles').map(String);
		// A day is meant with all of it, as the office counts days.
		const day = value('expiresAt');
		const expiresAt = day === '' ? null : parseLocal(`${day}T23:59`);
		void send(async () => onMade(await createToken(http, { name: value('name').trim(), roles, expiresAt })));
	};
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="token">
			<h2 id="token">{t('tokens.new')}</h2>
			<form ref={form} className={styles.fields} data-testid="token-form" onSubmit={submit}>
				<Line
					name="name"
					label={t('tokens.name')}
					hint={t('tokens.nameHint')}
					autoComplete="off"
					required
					autoFocus
					fault={faults.name}
				/>
				<Line
					name="expiresAt"
					type="date"
					label={t('tokens.expiresAt')}
					hint={t('tokens.expiresHint')}
					fault={faults.expiresAt}
				/>
				<RoleChoice
					offered={ROLES.filter((role) => appliance || role !== 'appliance_admin')}
					given={['integration']}
					fault={faults.roles}
				/>
				<div className={styles.stack} data-wide="">
					<Failure error={error} />
					<div className={styles.actions}>
						<button type="submit" className={`${controls.button} ${controls.primary}`} disabled={working}>
							<KeyRound size={16} aria-hidden="true" />
							{t('tokens.create')}
						</button>
						<button type="button" className={controls.button} onClick={onCancel}>
							{t('act.cancel')}
						</button>
					</div>
				</div>
			</form>
		</section>
	);
}
