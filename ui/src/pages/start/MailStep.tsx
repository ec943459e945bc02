import { useQuery, useQueryClient } from '@tanstack/react-query';
import { AtSign } from 'lucide-react';
import type { FormEvent } from 'react';
import { RuleTest } from '../../alerts/RuleTest';
import { changeRule, fetchRules, type Rule } from '../../api/rules';
import { ActionButton } from '../../app/ActionButton';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { MailForm } from '../../office/MailForm';
import { WithOffice } from '../../office/WithOffice';

/** The alert that tells that nothing is heard of an engine: whoever gets it hears that the monitor works, too. */
const BUILTIN = 'engine_silent';

/** The mail server, and a message on trial. */
export function MailStep() {
	return (
		<WithOffice>
			{(office) => (
				<div className={parts.stack}>
					<MailForm {...office} />
					{office.settings.smtp !== null && <Trial />}
				</div>
			)}
		</WithOffice>
	);
}

function Trial() {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const { data, error, refetch } = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => fetchRules(http, signal) });
	if (data === undefined) {
		return error === null ? (
			<Skeleton label={t('rules.loading')} rows={1} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	const rule = data.find((one) => one.builtin === BUILTIN);
	if (rule === undefined) return <Telling kind="warning">{t('rules.none')}</Telling>;
	return (
		<>
			<Address key={rule.version} rule={rule} onSaved={() => queries.invalidateQueries({ queryKey: ['rules'] })} />
			{addressOf(rule) !== '' && <RuleTest rule={rule} />}
		</>
	);
}

/** Who is to get the message: an address kept with the rule, so that real alarms come there too. */
function Address({ rule, onSaved }: { readonly rule: Rule; readonly onSaved: () => Promise<void> }) {
	const { t } = useSpeech();
	const { http, session } = useServices();
	const state = useSignal(session.state);
	const own = state.phase === 'in' ? (state.viewer?.email ?? '') : '';
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const to = filled(event.currentTarget)('to').trim();
		const others = rule.channels.filter((channel) => channel.type !== 'email');
		void send(async () => {
			await changeRule(http, rule, { notificationChannels: [...others, { type: 'email', config: { to: [to] } }] });
			await onSaved();
		});
	};
	return (
		<form ref={form} className={parts.fields} data-testid="start-address" noValidate onSubmit={submit}>
			<Line
				name="to"
				label={t('start.address')}
				hint={t('start.addressHint', { rule: rule.name })}
				inputMode="email"
				autoComplete="email"
				defaultValue={addressOf(rule) || own}
				required
				wide
				fault={error === null ? undefined : t('fault.email')}
			/>
			<div className={parts.stack} data-wide="">
				<Failure error={error} />
				<div className={parts.actions}>
					<ActionButton type="submit" className={controls.button} working={working}>
						<AtSign size={15} aria-hidden="true" />
						{t('start.addressSave')}
					</ActionButton>
				</div>
			</div>
		</form>
	);
}

function addressOf(rule: Rule): string {
	const to = rule.channels.find((channel) => channel.type === 'email')?.config.to;
	return Array.isArray(to) && typeof to[0] === 'string' ? to[0] : '';
}
