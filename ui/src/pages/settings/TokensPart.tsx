import { KeyRound } from 'lucide-react';
import { fetchTokens, type NewToken, revokeToken, type Token } from '../../api/tokens';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { ConnectionList } from './ConnectionList';
import { RoleNames } from './RoleChoice';
import { TokenForm } from './TokenForm';

/** The keys of programs: which there are, a new one, revocation. */
export function TokensPart() {
	const { t } = useSpeech();
	return (
		<div className={styles.part}>
			<ConnectionList<Token, NewToken>
				testId="token"
				title={t('settings.tokens')}
				lead={t('tokens.lead')}
				make={t('tokens.new')}
				icon={KeyRound}
				none={t('tokens.none')}
				noneHint={t('tokens.noneHint')}
				revokeAsk={(name) => t('tokens.revokeAsk', { name })}
				fetch={fetchTokens}
				revoke={revokeToken}
				form={(onMade, onCancel) => <TokenForm onMade={onMade} onCancel={onCancel} />}
				secret={(token) => ({
					title: t('tokens.made', { name: token.name }),
					warning: t('tokens.once'),
					kept: t('tokens.kept'),
					text: (
						<code className={styles.secret} data-testid="token-secret">
							{token.secret}
						</code>
					),
					beside: <CopyButton label={t('tokens.copy')} text={() => token.secret} testId="token-copy" />,
				})}
				row={(token) => <TokenCells token={token} />}
			/>
		</div>
	);
}

function TokenCells({ token }: { readonly token: Token }) {
	const { t, format } = useSpeech();
	const { clock } = useServices();
	const expired = token.expiresAt !== null && token.expiresAt <= clock.now();
	const when = (at: number | null, never: string) => (at === null ? never : format.dateTime(at));
	return (
		<>
			<div className={styles.main}>
				<b>{token.name}</b>
				<RoleNames roles={token.roles} />
			</div>
			<div className={styles.main}>
				<span className={styles.muted}>{t('tokens.created', { time: when(token.createdAt, '–') })}</span>
				<span className={styles.muted}>{t('tokens.used', { time: when(token.lastUsedAt, t('tokens.neverUsed')) })}</span>
			</div>
			<div className={styles.main}>
				<span className={styles.muted}>{t('tokens.expires', { time: when(token.expiresAt, t('tokens.never')) })}</span>
				{expired && (
					<span className={styles.badges}>
						<span className={styles.badge} data-kind="warning">
							{t('tokens.expired')}
						</span>
					</span>
				)}
			</div>
		</>
	);
}
