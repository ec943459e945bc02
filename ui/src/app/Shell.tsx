import { Building2, Languages, LogOut, SunMoon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import { LANGUAGES, type Language } from '../i18n/translate';
import { AlertWatch } from './AlertWatch';
import { Bell } from './Bell';
import { Boundary } from './Boundary';
import { ConnectionBanner, ConnectionState } from './ConnectionState';
import { FailureWatch } from './FailureWatch';
import { Finding } from './finding/Finding';
import { useSignal } from './hooks';
import { Navigation } from './Navigation';
import { NewVersion } from './NewVersion';
import styles from './Shell.module.css';
import { useServices } from './services';
import { THEMES, type Theme } from './theme';

/** The frame of every page after sign-in: navigation, connection state, who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
	const { t } = useSpeech();
	return (
		<div className={styles.shell}>
			<a className={styles.skip} href="#content">
				{t('app.skip')}
			</a>
			<header className={styles.top}>
				<Link className={styles.brand} href="/">
					<img src="/favicon.svg" alt="" width="24" height="24" />
					<span>{t('app.name')}</span>
				</Link>
				<Organization />
				<span className={styles.gap} />
				<Finding />
				<ConnectionState />
				<span className={styles.rule} />
				<Bell />
				<LanguageSwitch />
				<ThemeSwitch />
				<SignOut />
			</header>
			<Navigation />
			<div className={styles.body}>
				<NewVersion />
				<ConnectionBanner />
				<Boundary>{children}</Boundary>
			</div>
			<FailureWatch />
			<AlertWatch />
		</div>
	);
}

function Organization() {
	const state = useSignal(useServices().session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	if (viewer === null || viewer.organization === '') return null;
	return (
		<span className={styles.organization}>
			<Building2 size={15} aria-hidden="true" />
			<span>{viewer.organization}</span>
		</span>
	);
}

export function LanguageSwitch() {
	const { t, language, speak } = useSpeech();
	return (
		<label className={styles.switch}>
			<Languages size={16} aria-hidden="true" />
			<span className="visually-hidden">{t('app.language')}</span>
			<select data-testid="language" value={language} onChange={(event) => speak(event.target.value as Language)}>
				{LANGUAGES.map((one) => (
					<option key={one} value={one} data-value={one}>
						{t(`app.language.${one}`)}
					</option>
				))}
			</select>
		</label>
	);
}

export function ThemeSwitch() {
	const { t } = useSpeech();
	const { theme } = useServices();
	const chosen = useSignal(theme.chosen);
	return (
		<label className={styles.switch}>
			<SunMoon size={16} aria-hidden="true" />
			<span className="visually-hidden">{t('app.theme')}</span>
			<select data-testid="theme" value={chosen} onChange={(event) => theme.choose(event.target.value as Theme)}>
				{THEMES.map((one) => (
					<option key={one} value={one} data-value={one}>
						{t(`app.theme.${one}`)}
					</option>
				))}
			</select>
		</label>
	);
}

function SignOut() {
	const { t } = useSpeech();
	const { session, leaving } = useServices();
	const leave = () => leaving.ask(() => void session.signOut());
	return (
		<button type="button" className={controls.icon} title={t('app.signOut')} onClick={leave}>
			<LogOut size={16} aria-hidden="true" />
			<span className="visually-hidden">{t('app.signOut')}</span>
		</button>
	);
}
