import { Link2 } from 'lucide-react';
import { Link } from 'wouter';
import { fetchPingKeys, type NewPingKey, type PingKey, revokePingKey } from '../../api/pingkeys';
import { useRight } from '../../app/hooks';
import { scheduleInWords } from '../../app/schedulewords';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { BackTo } from './BackTo';
import { CodeBox } from './CodeBox';
import { ConnectionList } from './ConnectionList';
import { PingKeyForm } from './PingKeyForm';

/** The addresses by which scripts report: which there are, a new one, revocation. */
export function PingKeysPart() {
	const { t } = useSpeech();
	return (
		<div className={styles.part}>
			{useRight('settings.manage') && <BackTo part="integrations" />}
			<ConnectionList<PingKey, NewPingKey>
				testId="ping-key"
				title={t('settings.ping-keys')}
				lead={t('ping.lead')}
				make={t('ping.new')}
				icon={Link2}
				none={t('ping.empty')}
				noneHint={t('ping.emptyHint')}
				revokeAsk={(name) => t('ping.revokeAsk', { name })}
				fetch={fetchPingKeys}
				revoke={revokePingKey}
				form={(onMade, onCancel) => <PingKeyForm onMade={onMade} onCancel={onCancel} />}
				secret={({ name, url }) => ({
					title: t('ping.made', { name }),
					warning: t('ping.once'),
					kept: t('ping.kept'),
					text: <Examples url={url} />,
					beside: <Link href="/settings/integrations/scripts">{t('ping.guide')}</Link>,
				})}
				row={(pingKey) => <PingKeyCells pingKey={pingKey} />}
			/>
		</div>
	);
}

function Examples({ url }: { readonly url: string }) {
	const { t } = useSpeech();
	return (
		<>
			<CodeBox label={t('ping.address')} code={url} />
			<CodeBox label="cron" code={`curl -fsS --retry 3 ${url}/start; ./skrypt.sh; curl -fsS --retry 3 ${url}/$?`} />
			<CodeBox label="PowerShell" code={`irm ${url}/start; & .\\skrypt.ps1; irm "${url}/$LASTEXITCODE"`} />
		</>
	);
}

function PingKeyCells({ pingKey }: { readonly pingKey: PingKey }) {
	const { t, format } = useSpeech();
	const { name, workflowId, createdAt, schedule } = pingKey;
	return (
		<>
			<div className={styles.main}>
				<b>{name}</b>
				<Link className={styles.muted} href={`/workflows/${encodeURIComponent(workflowId)}`}>
					{workflowId}
				</Link>
			</div>
			<span className={styles.muted}>
				{schedule === null ? t('ping.unscheduled') : (scheduleInWords(schedule.cron, t) ?? schedule.cron)}
				{schedule?.workingDaysOnly && `, ${t('wf.workingDays')}`}
				{schedule !== null && schedule.graceMinutes > 0 && `, ${t('wf.grace', { n: schedule.graceMinutes })}`}
			</span>
			<span className={styles.muted}>{createdAt !== null && t('tokens.created', { time: format.dateTime(createdAt) })}</span>
		</>
	);
}
