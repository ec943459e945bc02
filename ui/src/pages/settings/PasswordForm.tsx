import { Save } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { changePassword } from '../../api/account';
import { ApiError } from '../../api/http';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useFieldFaults, useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';

export const PASSWORD_MIN = 8;

/** Changes the own password. The new one is written twice, because nobody sees it. */
export function PasswordForm() {
	const { t } = useSpeech();
	const { http, session } = useServices();
	const state = useSignal(session.state);
	const login = state.phase === 'in' ? (state.viewer?.login ?? '') : '';
	const { working, error, send } = useSending();
	const [done, setDone] = useState(false);
	const [differs, setDiffers] = useState(false);
	const form = useFocusOnFault(error);
	const server = useFieldFaults(error);
	// The server calls both passwords "password": only a wrong one is the present.
	const isPresent = error instanceof ApiError && error.code === 'wrong_password';

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const target = event.currentTarget;
		const value = filled(target);
		setDone(false);
		setDiffers(value('newPassword') !== value('again'));
		if (value('newPassword') !== value('again')) {
			target.querySelector<HTMLInputElement>('[name=again]')?.focus();
			return;
		}
		if (await send(() => session.renew(changePassword(http, value('password'), value('newPassword'))))) {
			target.reset();
			setDone(true);
		}
	};
	return (
		<section className={styles.card} aria-labelledby="password">
			<h2 id="password">{t('account.password')}</h2>
			<p className={styles.lead}>{t('account.passwordHint')}</p>
			<form
				ref={form}
				className={`${styles.fields} ${styles.single}`}
				data-testid="password-form"
				onSubmit={(event) => void submit(event)}
			>
				<input type="text" name="login" autoComplete="username" value={login} readOnly hidden />
				<Line
					name="password"
					type="password"
					label={t('account.presentPassword')}
					autoComplete="current-password"
					required
					fault={isPresent ? server.password : undefined}
				/>
				<Line
					name="newPassword"
					type="password"
					label={t('account.newPassword')}
					hint={t('setup.passwordHint')}
					autoComplete="new-password"
					minLength={PASSWORD_MIN}
					required
					fault={isPresent ? undefined : server.password}
				/>
				<Line
					name="again"
					type="password"
					label={t('account.again')}
					autoComplete="new-password"
					required
					fault={differs ? t('account.differs') : undefined}
				/>
				<SubmitRow icon={Save} label={t('account.changePassword')} working={working} />
			</form>
			<Failure error={error} />
			<div role="status">{done && <Telling testId="password-changed">{t('account.passwordChanged')}</Telling>}</div>
		</section>
	);
}
