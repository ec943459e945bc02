import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { fetchBackups } from '../../api/appliance';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import { CopyButton } from '../../design/CopyButton';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { TextBox } from '../../design/TextBox';
import { Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { healthOf } from '../../office/backuphealth';

const COMMAND = 'flowwatch serve --backup-dir /mnt/kopie';

/** Where the nightly backups go: a folder on another disk, named when the program starts. */
export function BackupStep() {
	const { t, format } = useSpeech();
	const { http, clock } = useServices();
	const may = useRight('backup');
	const { data, error, refetch } = useQuery({
		queryKey: ['start', 'backups'],
		queryFn: ({ signal }) => fetchBackups(http, null, signal),
		enabled: may,
	});
	if (!may) return <Telling kind="warning">{t('start.backupLocked')}</Telling>;
	if (data === undefined) {
		return error === null ? (
			<Skeleton label={t('data.loading')} rows={1} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	const health = healthOf(data, clock.now());
	if (health === 'off') {
		return (
			<>
				<p>{t('start.backupOff')}</p>
				<TextBox label={t('start.backup')}>{COMMAND}</TextBox>
				<CopyButton label={t('start.copy')} text={() => COMMAND} />
			</>
		);
	}
	return (
		<p>
			{data.lastGoodAt === null ? t('start.backupTonight') : t('start.backupLast', { time: format.dateTime(data.lastGoodAt) })}{' '}
			<Link className={parts.back} href="/settings/backups">
				{t('settings.backups')}
			</Link>
		</p>
	);
}
