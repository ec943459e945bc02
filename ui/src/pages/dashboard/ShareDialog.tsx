import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Dashboard, fetchShare, type Share, type ShareState, shareDashboard, unshareDashboard } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { Moment } from '../../design/Moment';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Failure } from '../../forms/Outcome';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { useTakeDashboard } from './useDashboards';

interface ShareDialogProps {
	readonly dashboard: Dashboard;
	readonly onClose: () => void;
}

/** The link by which screens show a dashboard: told once, taken back at any time. */
export function ShareDialog({ dashboard, onClose }: ShareDialogProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const take = useTakeDashboard();
	const [made, setMade] = useState<Share | null>(null);
	const { working, error, send } = useSending();
	const exists = dashboard.hasLink;
	const key = ['dashboard-share', dashboard.id];
	const state = useQuery({
		queryKey: key,
		queryFn: ({ signal }) => fetchShare(http, dashboard.id, signal),
		enabled: exists,
		staleTime: 0,
	});
	const share = () =>
		send(async () => {
			setMade(await shareDashboard(http, dashboard.id));
			// Of a link that was taken back. Not at that moment: while the dialog is drawn with it, it would be asked for again, and is no more.
			if (!exists) queries.removeQueries({ queryKey: key });
			await take(null);
			await queries.invalidateQueries({ queryKey: key });
		});
	const unshare = () =>
		send(async () => {
			await unshareDashboard(http, dashboard.id);
			setMade(null);
			await take(null);
		});
	return (
		<Dialog title={t('share.title')} onClose={onClose} testId="share-dialog">
			<div className={styles.form}>
				<p>{t('share.text')}</p>
				<p className={styles.hint}>{t('share.warning')}</p>
				{made !== null && <MadeLink share={made} />}
				{exists && state.error !== null && <FetchFailure error={state.error} onRetry={() => void state.refetch()} />}
				{exists && state.isLoading && <Skeleton label={t('share.title')} rows={2} />}
				{exists && state.data !== undefined && <Screens state={state.data} />}
				{exists && <p className={styles.hint}>{t('share.renewHint')}</p>}
				<div className={styles.actions}>
					{exists && (
						<ActionButton
							className={`${controls.button} ${styles.danger}`}
							working={working}
							data-testid="share-withdraw"
							onClick={() => void unshare()}
						>
							{t('share.withdraw')}
						</ActionButton>
					)}
					<ActionButton
						className={exists ? controls.button : `${controls.button} ${controls.primary}`}
						working={working}
						data-testid="share-make"
						onClick={() => void share()}
					>
						{t(exists ? 'share.renew' : 'share.make')}
					</ActionButton>
				</div>
				<Failure error={error} />
			</div>
		</Dialog>
	);
}

function MadeLink({ share }: { readonly share: Share }) {
	const { t, format } = useSpeech();
	return (
		<div className={styles.link}>
			<label className={controls.field}>
				{t('share.link')}
				<input
					className={controls.input}
					readOnly
					value={share.url}
					data-testid="share-url"
					onFocus={(event) => event.target.select()}
				/>
			</label>
			<CopyButton label={t('share.copy')} text={() => share.url} />
			<p className={styles.hint}>
				{t('share.once')} {share.expiresAt !== null && t('share.expires', { date: format.date(share.expiresAt) })}
			</p>
		</div>
	);
}

function Screens({ state }: { readonly state: ShareState }) {
	const { t, format } = useSpeech();
	return (
		<section className={styles.screens}>
			<h3>{t('share.screens', { n: state.screens.length })}</h3>
			{state.screens.length > 0 && (
				<ul>
					{state.screens.map((screen) => (
						<li key={screen.id} data-testid="share-screen">
							{screen.signedInAt !== null && (
								<>
									{t('share.since')} <Moment at={screen.signedInAt} />
								</>
							)}
							{screen.lastUsedAt !== null && (
								<>
									{' · '}
									{t('share.lastUsed')} <Moment at={screen.lastUsedAt} />
								</>
							)}
						</li>
					))}
				</ul>
			)}
			{state.expiresAt !== null && <p className={styles.hint}>{t('share.expires', { date: format.date(state.expiresAt) })}</p>}
		</section>
	);
}
