import { isRole } from '../../api/roles';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { THEMES, type Theme } from '../../app/theme';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { LANGUAGES, type Language } from '../../i18n/translate';
import { FactorPanel } from './FactorPanel';
import { Facts } from './Facts';
import { PasswordForm } from './PasswordForm';

/** The own account: who one is, password, one-time passwords, language and theme. */
export function AccountPart() {
	return (
		<div className={`${styles.part} ${styles.columns}`}>
			<div className={styles.stack}>
				<Myself />
				<Look />
			</div>
			<div className={styles.stack}>
				<PasswordForm />
				<FactorPanel />
			</div>
		</div>
	);
}

function Myself() {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	if (viewer === null) return null;
	const all: [string, string][] = [
		[t('settings.name'), viewer.name],
		[t('login.login'), viewer.login],
		[t('settings.organization'), viewer.organization],
		[t('settings.email'), viewer.email],
		[t('settings.phone'), viewer.phone],
		[t('settings.clients'), viewer.clients.length === 0 ? t('users.allClients') : viewer.clients.join(', ')],
	];
	return (
		<section className={styles.card} aria-labelledby="myself">
			<h2 id="myself">{t('account.me')}</h2>
			<Facts of={all.filter(([, value]) => value !== '')} />
			<div className={styles.group}>
				<h3>{t('settings.roles')}</h3>
				<ul className={styles.stack} data-testid="my-roles">
					{viewer.roles.map((role) => (
						<li key={role} className={styles.main}>
							<b>{isRole(role) ? t(`role.${role}`) : role}</b>
							{isRole(role) && <span className={styles.muted}>{t(`role.${role}.hint`)}</span>}
						</li>
					))}
				</ul>
			</div>
			<p className={styles.hint}>{t('account.meHint')}</p>
		</section>
	);
}

function Look() {
	const { t, language, speak } = useSpeech();
	const { theme } = useServices();
	const chosen = useSignal(theme.chosen);
	return (
		<section className={styles.card} aria-labelledby="look">
			<h2 id="look">{t('account.look')}</h2>
			<Choices
				name="own-language"
				legend={t('app.language')}
				value={language}
				options={LANGUAGES.map((one) => [one, t(`app.language.${one}`)])}
				onChoose={(one) => speak(one as Language)}
			/>
			<Choices
				name="own-theme"
				legend={t('app.theme')}
				value={chosen}
				options={THEMES.map((one) => [one, t(`app.theme.${one}`)])}
				onChoose={(one) => theme.choose(one as Theme)}
			/>
		</section>
	);
}

interface ChoicesProps {
	readonly name: string;
	readonly legend: string;
	readonly value: string;
	readonly options: readonly (readonly [value: string, label: string])[];
	readonly onChoose: (value: string) => void;
}

/** One of a few, all in sight. */
export function Choices({ name, legend, value, options, onChoose }: ChoicesProps) {
	return (
		<fieldset className={styles.group}>
			<legend>{legend}</legend>
			<div className={styles.choices}>
				{options.map(([one, label]) => (
					<label key={one} className={styles.choice}>
						<input type="radio" name={name} value={one} checked={one === value} onChange={() => onChoose(one)} />
						<span>{label}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}
