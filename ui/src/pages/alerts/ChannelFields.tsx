import { useId } from 'react';
import { CHANNELS, type ChannelType } from '../../api/deliveries';
import { text } from '../../api/read';
import { Fault, Line } from '../../forms/Line';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import type { ChannelDraft, RuleDraft } from './ruledraft';
import styles from './ruleform.module.css';

interface ChannelFieldsProps {
	readonly channels: RuleDraft['channels'];
	readonly onChange: (channels: RuleDraft['channels']) => void;
	readonly faultOf: (name: string) => string | undefined;
}

/** Who is told: channels to tick, each with what it needs. */
export function ChannelFields({ channels, onChange, faultOf }: ChannelFieldsProps) {
	const { t } = useSpeech();
	const id = useId();
	const fault = faultOf('notificationChannels');
	return (
		<fieldset className={styles.clause} {...(fault === undefined ? {} : { 'data-invalid': '' })}>
			<legend>{t('rules.tell')}</legend>
			<div className={styles.channels}>
				{CHANNELS.map((type) => {
					const draft = channels[type];
					const set = (part: Partial<ChannelDraft>) => onChange({ ...channels, [type]: { ...draft, ...part } });
					return (
						<div key={type} className={styles.channel}>
							<label className={parts.choice}>
								<input
									type="checkbox"
									name="channel"
									value={type}
									checked={draft.on}
									aria-describedby={fault === undefined ? undefined : id}
									onChange={(event) => set({ on: event.target.checked })}
								/>
								<span>
									<b>{t(`chan.${type}`)}</b>
									<small>{t(`rules.chanHint.${type}`)}</small>
								</span>
							</label>
							{draft.on && <Settings type={type} draft={draft} set={set} faultOf={faultOf} />}
						</div>
					);
				})}
			</div>
			<Fault id={id} text={fault} />
		</fieldset>
	);
}

interface SettingsProps {
	readonly type: ChannelType;
	readonly draft: ChannelDraft;
	readonly set: (part: Partial<ChannelDraft>) => void;
	readonly faultOf: (name: string) => string | undefined;
}

const NAMES = { email: 'email.to', sms: 'sms.to', slack: 'slack.webhookUrl', webhook: 'webhook.url' } as const;

/** Where a channel's messages go. What is secret is shown masked, and stays unless something else is written. */
function Settings({ type, draft, set, faultOf }: SettingsProps) {
	const { t } = useSpeech();
	if (type === 'in_app') return null;
	const name = NAMES[type];
	const kept = text(draft.config.secret) !== '';
	return (
		<div className={styles.channelFields}>
			<Line
				name={name}
				label={t(`rules.${name}`)}
				hint={t(`rules.hint.${name}`)}
				inputMode={type === 'email' ? 'email' : type === 'sms' ? 'tel' : 'url'}
				autoComplete="off"
				value={draft.to}
				onChange={(event) => set({ to: event.target.value })}
				fault={faultOf(name)}
			/>
			{type === 'webhook' && (
				<>
					<Line
						name="webhook.secret"
						type="password"
						label={t('rules.webhook.secret')}
						hint={t(kept ? 'office.secretKept' : 'rules.hint.webhook.secret')}
						autoComplete="new-password"
						value={draft.secret}
						disabled={draft.dropSecret}
						onChange={(event) => set({ secret: event.target.value })}
						fault={faultOf('webhook.secret')}
					/>
					{kept && (
						<label className={styles.drop}>
							<input
								type="checkbox"
								name="webhook.secretGone"
								checked={draft.dropSecret}
								onChange={(event) => set({ dropSecret: event.target.checked })}
							/>
							{t('rules.dropSecret')}
						</label>
					)}
				</>
			)}
			{draft.others.length > 0 && <p className={parts.hint}>{t('rules.moreOfType', { n: draft.others.length })}</p>}
		</div>
	);
}
