import { MailX } from 'lucide-react';
import { useId, useState } from 'react';
import { changeOffice, type OfficeChange, SECURITIES, type Smtp } from '../api/office';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { Confirm } from '../forms/Confirm';
import { Fault, Line } from '../forms/Line';
import { Telling } from '../forms/Outcome';
import styles from '../forms/parts.module.css';
import { Secret, secretChange } from '../forms/Secret';
import { useSpeech } from '../i18n/language';
import { type FaultOf, numberOf, OfficeFields, type OfficeState, useManagesHosts } from './OfficeFields';

const NEW: Smtp = { host: '', port: 587, from: '', security: 'starttls', username: '', hasPassword: false };

/** The mail server. Which host it is says an administrator of the appliance; sender and account the office's. */
export function MailForm(state: OfficeState) {
	const { t } = useSpeech();
	const { http } = useServices();
	const hosts = useManagesHosts();
	// What was removed leaves its fields.
	const [removals, setRemovals] = useState(0);
	const { settings, onSaved } = state;
	const smtp = settings.smtp ?? NEW;
	if (settings.smtp === null && !hosts) return <Telling kind="warning">{t('office.hostsOnly')}</Telling>;
	return (
		<OfficeFields
			{...state}
			key={removals}
			testId="mail-form"
			changeOf={(value) => mailChange(value, hosts)}
			actions={
				settings.smtp !== null && (
					<Confirm
						label={t('office.mailRemove')}
						icon={MailX}
						question={t('office.mailRemoveAsk')}
						action={t('office.mailRemove')}
						testId="mail-remove"
						work={async () => {
							onSaved(await changeOffice(http, { smtp: null }, settings.version));
							setRemovals(removals + 1);
						}}
					/>
				)
			}
		>
			{(fault) => (
				<>
					<Line
						name="host"
						label={t('office.mailHost')}
						{...(hosts ? {} : { hint: t('office.hostsLocked') })}
						defaultValue={smtp.host}
						disabled={!hosts}
						autoComplete="off"
						fault={fault('smtp.host')}
					/>
					<Line
						name="port"
						label={t('office.mailPort')}
						inputMode="numeric"
						defaultValue={String(smtp.port)}
						disabled={!hosts}
						autoComplete="off"
						fault={fault('smtp.port')}
					/>
					<SecurityLine smtp={smtp} locked={!hosts} fault={fault} />
					<Line
						name="from"
						label={t('office.mailFrom')}
						inputMode="email"
						defaultValue={smtp.from}
						autoComplete="off"
						fault={fault('smtp.from')}
					/>
					<Line
						name="username"
						label={t('office.mailUser')}
						hint={t('office.mailUserHint')}
						defaultValue={smtp.username}
						autoComplete="off"
						fault={fault('smtp.username')}
					/>
					<Secret
						name="password"
						label={t('login.password')}
						removal={t('office.passwordRemove')}
						stored={smtp.hasPassword}
						missing={settings.missing.includes('smtp.password')}
						fault={fault('smtp.password')}
					/>
				</>
			)}
		</OfficeFields>
	);
}

function SecurityLine({ smtp, locked, fault }: { readonly smtp: Smtp; readonly locked: boolean; readonly fault: FaultOf }) {
	const { t } = useSpeech();
	const id = useId();
	const wrong = fault('smtp.security');
	return (
		<div className={styles.line}>
			<label htmlFor={id}>{t('office.mailSecurity')}</label>
			<select
				id={id}
				name="security"
				className={controls.select}
				defaultValue={smtp.security}
				disabled={locked}
				aria-invalid={wrong !== undefined}
				aria-describedby={`${id}-fault`}
			>
				{SECURITIES.map((one) => (
					<option key={one} value={one}>
						{t(`office.security.${one}`)}
					</option>
				))}
			</select>
			<Fault id={`${id}-fault`} text={wrong} />
		</div>
	);
}

/** What was filled in. The host stays out for whom it is locked. */
export function mailChange(value: (name: string) => string, hosts: boolean): OfficeChange {
	return {
		smtp: {
			...(hosts ? { host: value('host').trim(), port: numberOf(value('port')), security: value('security') } : {}),
			from: value('from').trim(),
			username: value('username').trim(),
			...secretChange('password', value),
		},
	};
}
