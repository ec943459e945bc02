import { KeyRound } from 'lucide-react';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { keyOf } from '../../api/session';
import { useTitle } from '../../app/hooks';
import { LanguageSwitch, ThemeSwitch } from '../../app/Shell';
import { useServices } from '../../app/services';
import type { SignInFailure } from '../../app/session';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { noteAskedPage } from './asked';
import styles from './LoginPage.module.css';

type Attempt = 'idle' | 'working' | 'notLink' | SignInFailure;

/** Explains how to sign in, and does it with a one-time link: the one in the address, or a pasted one. */
export function LoginPage() {
	const { t } = useSpeech();
	const [attempt, redeem] = useRedeem();
	useTitle(t('login.title'));
	useEffect(noteAskedPage, []);
	const example = `${location.origin}/login#key=…`;
	const failed = attempt !== 'idle' && attempt !== 'working';
	return (
		<div className={styles.page}>
			<header className={styles.top}>
				<LanguageSwitch />
				<ThemeSwitch />
			</header>
			<main id="content" data-page="login" className={styles.card}>
				<img src="/favicon.svg" alt="" width="40" height="40" />
				<h1>{t('login.title')}</h1>
				<p className={styles.lead}>{t('login.lead')}</p>
				<section className={styles.how}>
					<h2>{t('login.how')}</h2>
					<ol>
						<li>{t('login.how1', { command: 'flowwatch serve' })}</li>
						<li>{t('login.how2', { example })}</li>
						<li>{t('login.how3')}</li>
					</ol>
				</section>
				<PasteForm working={attempt === 'working'} onPaste={redeem} />
				<p role="alert" className={styles.failure} {...(failed ? { 'data-testid': 'login-error' } : {})}>
					{failed && t(`login.${attempt}`)}
				</p>
			</main>
		</div>
	);
}

function PasteForm({ working, onPaste }: { readonly working: boolean; readonly onPaste: (pasted: string) => void }) {
	const { t } = useSpeech();
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		onPaste(String(new FormData(event.currentTarget).get('link') ?? ''));
	};
	return (
		<form className={styles.form} data-testid="login-link" onSubmit={submit}>
			<label className={controls.field}>
				{t('login.paste')}
				<input className={controls.input} name="link" type="text" autoComplete="off" spellCheck={false} required />
			</label>
			<button type="submit" className={`${controls.button} ${controls.primary}`} disabled={working}>
				<KeyRound size={16} aria-hidden="true" />
				{t(working ? 'login.working' : 'login.submit')}
			</button>
		</form>
	);
}

function useRedeem(): [Attempt, (pasted: string) => void] {
	const { session } = useServices();
	const [attempt, setAttempt] = useState<Attempt>('idle');

	const redeem = useCallback(
		async (pasted: string) => {
			const key = keyOf(pasted);
			if (key === null) {
				setAttempt('notLink');
				return;
			}
			setAttempt('working');
			const failure = await session.redeem(key);
			if (failure !== null) setAttempt(failure);
		},
		[session],
	);

	useEffect(() => {
		const take = () => {
			const { hash } = location;
			if (location.pathname !== '/login' || !hash.includes('key=')) return;
			// The key is spent once: it must not stay in the address nor in the history.
			history.replaceState(history.state, '', location.pathname + location.search);
			void redeem(hash);
		};
		take();
		addEventListener('hashchange', take);
		return () => removeEventListener('hashchange', take);
	}, [redeem]);

	return [attempt, (pasted) => void redeem(pasted)];
}
