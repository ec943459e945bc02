import { useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { createToken } from '../../api/tokens';
import { ActionButton } from '../../app/ActionButton';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useHeard } from '../../app/start/useStart';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { TextBox } from '../../design/TextBox';
import { Failure, Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { COMMANDS, commandOf } from './commands';

/** A key for the engine, and how the engine says something with it. */
export function EngineStep() {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const guided = useRight('settings.manage');
	const [secret, setSecret] = useState<string | null>(null);
	const { data: heard } = useHeard();
	const { working, error, send } = useSending();
	const make = () =>
		send(async () => {
			const made = await createToken(http, { name: t('start.tokenName'), roles: ['integration'], expiresAt: null });
			setSecret(made.secret);
			await queries.invalidateQueries({ queryKey: ['tokens'] });
		});
	return (
		<>
			{secret === null ? (
				<div className={parts.actions}>
					<ActionButton
						className={`${controls.button} ${controls.primary}`}
						working={working}
						data-testid="start-token"
						onClick={() => void make()}
					>
						<KeyRound size={15} aria-hidden="true" />
						{t('start.token')}
					</ActionButton>
					<span className={parts.hint}>{t('start.tokenHint')}</span>
				</div>
			) : (
				<Telling kind="warning">{t('tokens.once')}</Telling>
			)}
			<Failure error={error} />
			{secret !== null &&
				COMMANDS.map((kind) => (
					<div key={kind} className={parts.group} data-testid="start-command" data-value={kind}>
						<h3>{t(`start.by.${kind}`)}</h3>
						<TextBox label={t(`start.by.${kind}`)}>{commandOf(kind, window.location.origin, secret)}</TextBox>
						<CopyButton label={t('start.copy')} text={() => commandOf(kind, window.location.origin, secret)} />
					</div>
				))}
			<p role="status" className={parts.muted}>
				{t(heard === true ? 'start.engineHeard' : 'start.engineWaits')}
			</p>
			{guided && (
				<div className={parts.actions}>
					<Link className={controls.button} href="/settings/integrations">
						{t('ping.guide')}
					</Link>
				</div>
			)}
		</>
	);
}
