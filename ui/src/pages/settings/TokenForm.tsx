import { KeyRound } from 'lucide-react';
import { ROLES } from '../../api/roles';
import { createToken, type NewToken } from '../../api/tokens';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { Line } from '../../forms/Line';
import { useSpeech } from '../../i18n/language';
import { parseLocal } from '../../url/localtime';
import { ConnectionForm } from './ConnectionForm';
import { RoleChoice } from './RoleChoice';

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
	return (
		<ConnectionForm
			testId="token-form"
			title={t('tokens.new')}
			action={t('tokens.create')}
			icon={KeyRound}
			send={async (value, all) => {
				// A day is meant with all of it, as the office counts days.
				const day = value('expiresAt');
				const expiresAt = day === '' ? null : parseLocal(`${day}T23:59`);
				onMade(await createToken(http, { name: value('name').trim(), roles: all('roles'), expiresAt }));
			}}
			onCancel={onCancel}
		>
			{(faults) => (
				<>
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
				</>
			)}
		</ConnectionForm>
	);
}
