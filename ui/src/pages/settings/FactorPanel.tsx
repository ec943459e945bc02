import { ShieldCheck, ShieldOff } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { confirmFactor, dropFactor, enrolFactor, type Factor } from '../../api/account';
import { ActionButton } from '../../app/ActionButton';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useFieldFaults, useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';

type Stage =
	| { readonly at: 'rest' }
	| { readonly at: 'enrolled'; readonly factor: Factor }
	| { readonly at: 'codes'; readonly codes: readonly string[] };

/** One-time passwords: turned on with an authenticator program and a first code, turned off with the password. */
export function FactorPanel() {
	const { t } = useSpeech();
	const { session } = useServices();
	const state = useSignal(session.state);
	const [stage, setStage] = useState<Stage>({ at: 'rest' });
	const on = state.phase === 'in' && state.viewer?.totp === true;
	return (
		<section className={styles.card} aria-labelledby="factor" data-testid="totp" data-on={on}>
			<h2 id="factor">{t('account.totp')}</h2>
			<p className={styles.lead}>{t(on ? 'account.totpOn' : 'account.totpOff')}</p>
			{stage.at === 'codes' ? (
				<RecoveryCodes codes={stage.codes} onRead={() => setStage({ at: 'rest' })} />
			) : on ? (
				<Proof
					key="off"
					label={t('account.totpDisable')}
					off
					work={async (http, password) => {
						await dropFactor(http, password);
						await session.check();
					}}
				/>
			) : stage.at === 'enrolled' ? (
				<FirstCode
					factor={stage.factor}
					onCodes={(codes) => {
						setStage({ at: 'codes', codes });
						void session.check();
					}}
					onCancel={() => setStage({ at: 'rest' })}
				/>
			) : (
				<Proof
					key="on"
					label={t('account.totpEnable')}
					work={async (http, password) => setStage({ at: 'enrolled', factor: await enrolFactor(http, password) })}
				/>
			)}
		</section>
	);
}

interface ProofProps {
	readonly label: string;
	readonly off?: boolean;
	readonly work: (http: ReturnType<typeof useServices>['http'], password: string) => Promise<void>;
}

/** Does something after the password was given once more. */
function Proof({ label, off = false, work }: ProofProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = useFieldFaults(error);
	const Icon = off ? ShieldOff : ShieldCheck;
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const password = filled(event.currentTarget)('password');
		void send(() => work(http, password));
	};
	return (
		<>
			<form ref={form} className={`${styles.fields} ${styles.single}`} data-testid="totp-password" onSubmit={submit}>
				<Line
					name="password"
					type="password"
					label={t('account.presentPassword')}
					autoComplete="current-password"
					required
					fault={faults.password}
				/>
				<div className={styles.actions}>
					<ActionButton type="submit" className={`${controls.button} ${off ? styles.danger : ''}`} working={working}>
						<Icon size={16} aria-hidden="true" />
						{label}
					</ActionButton>
				</div>
			</form>
			<Failure error={error} />
		</>
	);
}

interface FirstCodeProps {
	readonly factor: Factor;
	readonly onCodes: (codes: readonly string[]) => void;
	readonly onCancel: () => void;
}

function FirstCode({ factor, onCodes, onCancel }: FirstCodeProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const faults = useFieldFaults(error);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const code = filled(event.currentTarget)('code').replace(/\s/g, '');
		void send(async () => onCodes(await confirmFactor(http, code)));
	};
	return (
		<>
			<p>{t('account.totpSecret')}</p>
			<code className={styles.secret} data-testid="totp-secret">
				{factor.secret}
			</code>
			<div className={styles.actions}>
				<CopyButton label={t('account.copySecret')} text={() => factor.secret} />
				<a className={controls.button} href={factor.link}>
					{t('account.openApp')}
				</a>
			</div>
			<details>
				<summary>{t('account.totpLink')}</summary>
				<code className={styles.secret}>{factor.link}</code>
			</details>
			<form ref={form} className={`${styles.fields} ${styles.single}`} data-testid="totp-confirm" onSubmit={submit}>
				<Line
					name="code"
					label={t('login.code')}
					hint={t('account.codeHint')}
					autoComplete="one-time-code"
					inputMode="numeric"
					required
					fault={faults.code}
				/>
				<SubmitRow icon={ShieldCheck} label={t('account.totpConfirm')} working={working} onCancel={onCancel} />
			</form>
			<Failure error={error} />
		</>
	);
}

function RecoveryCodes({ codes, onRead }: { readonly codes: readonly string[]; readonly onRead: () => void }) {
	const { t } = useSpeech();
	return (
		<>
			<Telling kind="warning">{t('account.codesHint')}</Telling>
			<ul className={styles.codes} data-testid="recovery-codes">
				{codes.map((code) => (
					<li key={code}>{code}</li>
				))}
			</ul>
			<div className={styles.actions}>
				<CopyButton label={t('account.copyCodes')} text={() => codes.join('\n')} />
				<button type="button" className={controls.button} onClick={onRead}>
					{t('account.codesKept')}
				</button>
			</div>
		</>
	);
}
