import { useInfiniteQuery } from '@tanstack/react-query';
import { HardDriveDownload } from 'lucide-react';
import { useState } from 'react';
import { type Backup, type Backups, fetchBackups, makeCopy } from '../../api/appliance';
import { ActionButton } from '../../app/ActionButton';
import { useTicking } from '../../app/hooks';
import { saveFile } from '../../app/savefile';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { Failure, Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { type Health, healthOf } from '../../office/backuphealth';

const REFRESH_MS = 60_000;

/** The nightly backups: whether the last one is good and young enough, all that are known, and a copy to take along. */
export function BackupList() {
	const { t } = useSpeech();
	const { http } = useServices();
	const pages = useInfiniteQuery({
		queryKey: ['backups'],
		queryFn: ({ pageParam, signal }) => fetchBackups(http, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (last) => last.next,
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
	const newest = pages.data?.pages[0];
	const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
	return (
		<section className={styles.card} aria-labelledby="backups" data-testid="backups">
			<h2 id="backups">{t('backup.title')}</h2>
			<p className={styles.lead}>{t('backup.lead')}</p>
			{newest === undefined ? (
				pages.error === null ? (
					<Skeleton label={t('data.loading')} rows={4} />
				) : (
					<FetchFailure error={pages.error} onRetry={() => void pages.refetch()} />
				)
			) : (
				<>
					<LastBackup backups={newest} />
					{items.length > 0 && (
						<ul className={styles.rows} data-testid="backup-rows">
							{items.map((backup) => (
								<BackupRow key={backup.startedAt} backup={backup} />
							))}
						</ul>
					)}
					<OlderButton pages={pages} />
				</>
			)}
			<CopyNow />
		</section>
	);
}

const KINDS: Readonly<Record<Health, 'done' | 'warning' | 'bad'>> = {
	good: 'done',
	late: 'warning',
	old: 'bad',
	none: 'bad',
	off: 'warning',
};

function LastBackup({ backups }: { readonly backups: Backups }) {
	const { t, format } = useSpeech();
	const { clock } = useServices();
	const at = backups.lastGoodAt ?? 0;
	// Both are texts, so that nothing is drawn anew until one of them changes.
	const age = useTicking((now) => format.ago(now - at));
	const health = healthOf(backups, clock.now());
	const last = backups.items[0];
	const values = { time: format.dateTime(at), age };
	return (
		<>
			<div data-testid="backup-state" data-health={health}>
				<Telling kind={KINDS[health]}>
					{health === 'off' && <p>{t('backup.off')}</p>}
					{health === 'none' && <p>{t('backup.none')}</p>}
					{health === 'good' && <p>{t('backup.good', values)}</p>}
					{health === 'late' && <p>{t('backup.late', values)}</p>}
					{health === 'old' && <p>{t('backup.old', values)}</p>}
					{backups.enabled && <p>{t('backup.kept', { n: backups.keepDays })}</p>}
				</Telling>
			</div>
			{last !== undefined && last.error !== '' && <Telling kind="bad">{t('backup.lastFailed', { error: last.error })}</Telling>}
		</>
	);
}

function BackupRow({ backup }: { readonly backup: Backup }) {
	const { t, format } = useSpeech();
	const kind = backup.error !== '' ? 'failed' : !backup.present ? 'away' : 'verified';
	return (
		<li className={`${styles.row} ${styles.backup}`} data-testid="backup-row" data-state={kind}>
			<div className={styles.main}>
				<b>{backup.startedAt === null ? '–' : format.dateTime(backup.startedAt)}</b>
				<span className={styles.muted}>{t('backup.took', { time: format.duration(backup.durationMs) })}</span>
			</div>
			<div className={styles.main}>
				{backup.error === '' ? (
					<>
						<span>
							{t('backup.sizes', { file: format.bytes(backup.sizeBytes), database: format.bytes(backup.databaseBytes) })}
						</span>
						<span className={styles.muted}>{backup.file}</span>
					</>
				) : (
					<span className={styles.muted}>{backup.error}</span>
				)}
			</div>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={kind === 'verified' ? 'good' : kind === 'failed' ? 'bad' : undefined}>
					{t(`backup.state.${kind}`)}
				</span>
			</span>
		</li>
	);
}

/** A copy of all, to take along. */
function CopyNow() {
	const { t, format } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [made, setMade] = useState<{ readonly name: string; readonly bytes: number } | null>(null);
	const make = () =>
		send(async () => {
			setMade(null);
			const { name, file } = await makeCopy(http);
			saveFile(file, name);
			setMade({ name, bytes: file.size });
		});
	return (
		<div className={styles.stack}>
			<div className={styles.actions}>
				<ActionButton className={controls.button} working={working} data-testid="backup-now" onClick={() => void make()}>
					<HardDriveDownload size={15} aria-hidden="true" />
					{t(working ? 'backup.making' : 'backup.now')}
				</ActionButton>
				<span className={styles.hint}>{t('backup.nowHint')}</span>
			</div>
			<Failure error={error} />
			<div role="status">
				{made !== null && error === null && (
					<Telling testId="backup-made">{t('backup.made', { name: made.name, size: format.bytes(made.bytes) })}</Telling>
				)}
			</div>
		</div>
	);
}
