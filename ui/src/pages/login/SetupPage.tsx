import { UserRoundPlus } from 'lucide-react';
import { type FormEvent, useCallback, useState } from 'react';
import { keyOf } from '../../api/session';
import { useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import type { SignInFailure } from '../../app/session';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { useSpeech } from '../../i18n/language';
import { Card, Failure } from './Card';
import { Field } from './Field';
import styles from './LoginPage.module.css';
import { useKeyOfAddress } from './useKeyOfAddress';

const PASSWORD_MIN = 8;

/** Makes the first administrator with the key of the set-up link. */
export function SetupPage() {
	const { t } = useSpeech();
	const { session } = useServices();
	const [key, setKey] = useState(() => keyOf(location.hash) ?? '');
	const [attempt, setAttempt] = useState<'working' | SignInFailure | null>(null);
	useTitle(t('setup.title'));
	useKeyOfAddress(
		'/setup',
		useCallback((hash) => setKey(keyOf(hash) ?? ''), []),
	);

	const setUp = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const name = value('name').trim();
		setAttempt('working');
		setAttempt(
			await session.setUp({ key, login: value('login').trim(), password: value('password'), ...(name === '' ? {} : { name }) }),
		);
	};

	const working = attempt === 'working';
	return (
		<Card page="setup" title={t('setup.title')}>
			<p className={styles.lead}>{t('setup.lead')}</p>
			<form className={styles.fields} data-testid="setup" onSubmit={(event) => void setUp(event)}>
				<Field name="name" label={t('setup.name')} autoComplete="name" />
				<Field name="login" label={t('login.login')} autoComplete="username" required />
				<Field
					name="password"
					label={t('login.password')}
					hint={t('setup.passwordHint')}
					type="password"
					autoComplete="new-password"
					minLength={PASSWORD_MIN}
					required
				/>
				<button type="submit" className={`${controls.button} ${controls.primary}`} disabled={working}>
					<UserRoundPlus size={16} aria-hidden="true" />
					{t(working ? 'setup.working' : 'setup.submit')}
				</button>
			</form>
			<Failure text={attempt === null || working ? null : sentence(attempt, t)} />
		</Card>
	);
}

function sentence(failure: SignInFailure, t: ReturnType<typeof useSpeech>['t']): string {
	if (failure.kind === 'invalid') return failure.detail;
	return failure.kind === 'limited' || failure.kind === 'unreachable' ? t(`login.${failure.kind}`) : t('setup.refused');
}
