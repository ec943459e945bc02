import { BellRing, Building2, Languages, ListChecks, LogOut, Settings, SunMoon } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { useSpeech } from '../i18n/language';
import { LANGUAGES, type Language } from '../i18n/translate';
import { AlertWatch } from './AlertWatch';
import { Bell } from './Bell';
import { Boundary } from './Boundary';
import { ConnectionBanner, ConnectionState } from './ConnectionState';
import { FailureWatch } from './FailureWatch';
import { useSignal } from './hooks';
import styles from './Shell.module.css';
import { useServices } from './services';
import { usableParts } from './settings';
import { THEMES, type Theme } from './theme';

/** The frame of every page after sign-in: navigation, connection state, who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
	const { t } = useSpeech();
	useFocusOnArrival();
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
				<ConnectionState />
				<span className={styles.rule} />
				<Bell />
				<LanguageSwitch />
				<ThemeSwitch />
				<SignOut />
			</header>
			<Navigation />
			<div className={styles.body}>
				<ConnectionBanner />
				<Boundary>{children}</Boundary>
			</div>
			<FailureWatch />
			<AlertWatch />
		</div>
	);
}

/** Moves the focus to a page that was gone to, so that keyboard and screen reader go on there. */
function useFocusOnArrival(): void {
	const [path] = useLocation();
	const shown = useRef(path);
	useEffect(() => {
		if (shown.current === path) return;
		shown.current = path;
		document.getElementById('content')?.focus({ preventScroll: true });
	}, [path]);
}

function Navigation() {
	const { t } = useSpeech();
	const [path] = useLocation();
	const state = useSignal(useServices().session.state);
	const settings = usableParts(state.phase === 'in' ? state.viewer : null).length > 0;
	const here = path === '/' || path.startsWith('/executions');
	return (
		<nav className={styles.nav} aria-label={t('app.nav')}>
			<Link className={styles.item} href="/executions" aria-current={here ? 'page' : undefined}>
				<ListChecks size={18} aria-hidden="true" />
				{t('nav.executions')}
			</Link>
			<Link className={styles.item} href="/alerts" aria-current={path.startsWith('/alerts') ? 'page' : undefined}>
				<BellRing size={18} aria-hidden="true" />
				{t('nav.alerts')}
				<Trouble />
			</Link>
			{settings && (
				<Link className={styles.item} href="/settings" aria-current={path.startsWith('/settings') ? 'page' : undefined}>
					<Settings size={18} aria-hidden="true" />
					{t('nav.settings')}
				</Link>
			)}
		</nav>
	);
}

/** How many serious alerts nobody takes care of. */
function Trouble() {
	const { t } = useSpeech();
	const n = useSignal(useServices().alerts.trouble);
	if (n === 0) return null;
	return (
		<span className={styles.trouble} data-testid="alerts-trouble" data-value={n}>
			<span aria-hidden="true">{n > 99 ? '99+' : n}</span>
			<span className="visually-hidden">{t('alerts.trouble', { n })}</span>
		</span>
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
	const { session } = useServices();
	return (
		<button type="button" className={styles.iconButton} title={t('app.signOut')} onClick={() => void session.signOut()}>
			<LogOut size={16} aria-hidden="true" />
			<span className="visually-hidden">{t('app.signOut')}</span>
		</button>
	);
}
