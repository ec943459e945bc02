import { KeyRound, LogIn } from 'lucide-react';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { keyOf } from '../../api/session';
import { useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import type { SignInFailure } from '../../app/session';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { useSpeech } from '../../i18n/language';
import { noteAskedPage } from './asked';
import { Card, Failure } from './Card';
import { Field } from './Field';
import styles from './LoginPage.module.css';
import { useKeyOfAddress } from './useKeyOfAddress';

type Attempt = 'idle' | 'working' | 'notLink' | 'linkRefused' | 'wrong' | 'wrongCode' | 'limited' | 'unreachable';

/** Signs in with login and password, or with a one-time link: the one in the address, or a pasted one. */
export function LoginPage() {
	const { t } = useSpeech();
	const { session } = useServices();
	const [attempt, setAttempt] = useState<Attempt>('idle');
	const [codeNeeded, setCodeNeeded] = useState(false);
	useTitle(t('login.title'));
	useEffect(noteAskedPage, []);

	const redeem = useCallback(
		async (pasted: string) => {
			const key = keyOf(pasted);
			if (key === null) {
				setAttempt('notLink');
				return;
			}
			setAttempt('working');
			const failure = await session.redeem(key);
			if (failure !== null) setAttempt(attemptOf(failure, 'linkRefused'));
		},
		[session],
	);
	useKeyOfAddress('/login', redeem);

	const signIn = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const totp = value('totp').trim();
		setAttempt('working');
		const failure = await session.signIn({
			login: value('login').trim(),
			password: value('password'),
			...(totp === '' ? {} : { totp }),
		});
		if (failure?.kind === 'codeNeeded') {
			setCodeNeeded(true);
			setAttempt(totp === '' ? 'idle' : 'wrongCode');
		} else if (failure !== null) setAttempt(attemptOf(failure, 'wrong'));
	};

	const working = attempt === 'working';
	return (
		<Card page="login" title={t('login.title')}>
			<form className={styles.fields} data-testid="login" onSubmit={(event) => void signIn(event)}>
				<Field name="login" label={t('login.login')} autoComplete="username" required />
				<Field name="password" label={t('login.password')} type="password" autoComplete="current-password" required />
				{codeNeeded && (
					<Field name="totp" label={t('login.code')} hint={t('login.codeHint')} autoComplete="one-time-code" autoFocus required />
				)}
				<button type="submit" className={`${controls.button} ${controls.primary}`} disabled={working}>
					<LogIn size={16} aria-hidden="true" />
					{t(working ? 'login.working' : 'login.submit')}
				</button>
			</form>
			<Failure text={attempt === 'idle' || working ? null : t(`login.${attempt}`)} />
			<details className={styles.how}>
				<summary>{t('login.link')}</summary>
				<PasteForm working={working} onPaste={(pasted) => void redeem(pasted)} />
			</details>
		</Card>
	);
}

/** What the page says of a failure; a refusal means something else for a link and for a password. */
function attemptOf(failure: SignInFailure, refused: 'linkRefused' | 'wrong'): Attempt {
	return failure.kind === 'limited' || failure.kind === 'unreachable' ? failure.kind : refused;
}

function PasteForm({ working, onPaste }: { readonly working: boolean; readonly onPaste: (pasted: string) => void }) {
	const { t } = useSpeech();
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		onPaste(filled(event.currentTarget)('link'));
	};
	return (
		<form className={styles.form} data-testid="login-link" onSubmit={submit}>
			<Field name="link" label={t('login.paste')} autoComplete="off" required />
			<button type="submit" className={controls.button} disabled={working}>
				<KeyRound size={16} aria-hidden="true" />
				{t('login.useLink')}
			</button>
		</form>
	);
}
