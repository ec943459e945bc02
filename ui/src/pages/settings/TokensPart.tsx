import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { fetchTokens, type NewToken, revokeToken, type Token } from '../../api/tokens';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { Confirm } from './Confirm';
import { Telling } from './Outcome';
import styles from './parts.module.css';
import { RoleNames } from './RoleChoice';
import { TokenForm } from './TokenForm';

/** The keys of programs: which there are, a new one, revocation. */
export function TokensPart() {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const [making, setMaking] = useState(false);
	const [made, setMade] = useState<NewToken | null>(null);
	const { data, error, refetch } = useQuery({
		queryKey: ['tokens'],
		queryFn: ({ signal }) => fetchTokens(http, signal),
		staleTime: 0,
	});
	return (
		<div className={styles.part}>
			<div className={styles.bar}>
				<h2>
					{t('settings.tokens')}
					{data !== undefined && <span className={styles.count}> · {data.length}</span>}
				</h2>
				{!making && made === null && (
					<button
						type="button"
						className={`${controls.button} ${controls.primary}`}
						data-testid="token-new"
						onClick={() => setMaking(true)}
					>
						<Plus size={16} aria-hidden="true" />
						{t('tokens.new')}
					</button>
				)}
			</div>
			<p className={styles.lead}>{t('tokens.lead')}</p>
			{made !== null && <Secret token={made} onRead={() => setMade(null)} />}
			{making && (
				<TokenForm
					onMade={(token) => {
						setMaking(false);
						setMade(token);
						void queries.invalidateQueries({ queryKey: ['tokens'] });
					}}
					onCancel={() => setMaking(false)}
				/>
			)}
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('tokens.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data !== undefined && data.length === 0 && (
				<Notice icon={KeyRound} title={t('tokens.none')}>
					{t('tokens.noneHint')}
				</Notice>
			)}
			{data !== undefined && data.length > 0 && (
				<ul className={styles.rows}>
					{data.map((token) => (
						<TokenRow key={token.id} token={token} />
					))}
				</ul>
			)}
		</div>
	);
}

/** The secret of a new token: nobody can show it again. */
function Secret({ token, onRead }: { readonly token: NewToken; readonly onRead: () => void }) {
	const { t } = useSpeech();
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="secret">
			<h2 id="secret">{t('tokens.made', { name: token.name })}</h2>
			<Telling kind="warning">{t('tokens.once')}</Telling>
			<code className={styles.secret} data-testid="token-secret">
				{token.secret}
			</code>
			<div className={styles.actions}>
				<CopyButton label={t('tokens.copy')} text={() => token.secret} testId="token-copy" />
				<button type="button" className={controls.button} data-testid="token-kept" onClick={onRead}>
					{t('tokens.kept')}
				</button>
			</div>
		</section>
	);
}

function TokenRow({ token }: { readonly token: Token }) {
	const { t, format } = useSpeech();
	const { http, queries, clock } = useServices();
	const expired = token.expiresAt !== null && token.expiresAt <= clock.now();
	const when = (at: number | null, never: string) => (at === null ? never : format.dateTime(at));
	return (
		<li className={`${styles.row} ${styles.token}`} data-testid="token-row" data-token-id={token.id}>
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
			<Confirm
				label={t('tokens.revoke')}
				icon={Trash2}
				question={t('tokens.revokeAsk', { name: token.name })}
				action={t('tokens.revoke')}
				testId="token-revoke"
				work={async () => {
					await revokeToken(http, token.id);
					await queries.invalidateQueries({ queryKey: ['tokens'] });
				}}
			/>
		</li>
	);
}
