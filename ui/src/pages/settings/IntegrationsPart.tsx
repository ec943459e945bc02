import { useQuery } from '@tanstack/react-query';
import { CalendarDays, Gauge, Link2, RefreshCw, Send } from 'lucide-react';
import { Link } from 'wouter';
import { fetchGuide, fetchGuides, fetchReceivers, type GuideSummary, type Receiver } from '../../api/integrations';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Moment } from '../../design/Moment';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { BackTo } from './BackTo';
import { GuideText } from './GuideText';
import { ReceivedList } from './ReceivedList';
import type { PartProps } from './SettingsPage';
import { TryForm } from './TryForm';

const LIST = '/settings/integrations';
const REFRESH_MS = 5_000;
const CONNECTIONS = [
	['ping-keys', Link2],
	['feed-keys', CalendarDays],
	['webhooks', Send],
	['scrapes', Gauge],
] as const;

/** Programs that report here: which there are and how it goes, or one of them (integrations/<engine>). */
export function IntegrationsPart({ item }: PartProps) {
	return item === '' ? <EngineList /> : <OneEngine key={item} engine={item} />;
}

function useReceivers() {
	const { http } = useServices();
	return useQuery({
		queryKey: ['receivers'],
		queryFn: ({ signal }) => fetchReceivers(http, signal),
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
}

function EngineList() {
	const { t, language } = useSpeech();
	const { http } = useServices();
	const receivers = useReceivers();
	const guides = useQuery({ queryKey: ['guides', language], queryFn: ({ signal }) => fetchGuides(http, language, signal) });
	const error = guides.error ?? receivers.error;
	if (guides.data === undefined || receivers.data === undefined)
		return <Waiting error={error} retry={() => void guides.refetch()} />;
	return (
		<div className={styles.part}>
			<div className={styles.bar}>
				<h2>{t('settings.integrations')}</h2>
				<div className={styles.actions}>
					{CONNECTIONS.map(([part, Icon]) => (
						<Link key={part} className={controls.button} href={`/settings/${part}`}>
							<Icon size={16} aria-hidden="true" />
							{t(`settings.${part}`)}
						</Link>
					))}
				</div>
			</div>
			<p className={styles.lead}>{t('integrations.lead')}</p>
			<ul className={styles.rows}>
				{guides.data.map((guide) => (
					<EngineRow key={guide.engine} guide={guide} receiver={receivers.data.find(({ door }) => door === guide.doors[0])} />
				))}
			</ul>
		</div>
	);
}

function Waiting({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
	const { t } = useSpeech();
	return error === null ? (
		<Skeleton label={t('integrations.loading')} rows={6} />
	) : (
		<FetchFailure error={error} onRetry={retry} />
	);
}

interface EngineRowProps {
	readonly guide: GuideSummary;
	readonly receiver: Receiver | undefined;
}

function EngineRow({ guide, receiver }: EngineRowProps) {
	const { t } = useSpeech();
	const at = receiver?.events[0]?.at ?? null;
	return (
		<li className={styles.row} data-testid="engine-row" data-engine={guide.engine}>
			<div className={styles.main}>
				<Link href={`${LIST}/${guide.engine}`}>{guide.title}</Link>
				<p>{guide.summary}</p>
			</div>
			{receiver !== undefined && (
				<p className={`${styles.actions} ${styles.muted}`}>
					<code>{receiver.path}</code>
					<span>
						{t(at === null ? 'integrations.nothing' : 'integrations.last')} {at !== null && <Moment at={at} />}
					</span>
					<Counts receiver={receiver} />
				</p>
			)}
		</li>
	);
}

/** How many were taken and how many refused, where there are any. */
function Counts({ receiver }: { readonly receiver: Receiver }) {
	const { t } = useSpeech();
	const { accepted, duplicates, ignored, refused } = receiver;
	const all = [
		['counted', accepted, 'good'],
		['repeated', duplicates, undefined],
		['ignored', ignored, undefined],
		['turnedAway', refused, 'bad'],
	] as const;
	return (
		<span className={styles.badges} data-testid="received-counts" data-accepted={accepted} data-refused={refused}>
			{all.map(
				([name, n, kind]) =>
					n > 0 && (
						<span key={name} className={styles.badge} data-kind={kind}>
							{t(`integrations.${name}`, { n })}
						</span>
					),
			)}
		</span>
	);
}

function OneEngine({ engine }: { readonly engine: string }) {
	const { language } = useSpeech();
	const { http } = useServices();
	const receivers = useReceivers();
	const guide = useQuery({
		queryKey: ['guides', language, engine],
		queryFn: ({ signal }) => fetchGuide(http, engine, language, signal),
	});
	const doors = (guide.data?.doors ?? []).flatMap((name) => receivers.data?.find(({ door }) => door === name) ?? []);
	const triable = doors.filter((one) => one.triable);
	// The usual door says that nothing came; the others are shown when something did.
	const open = doors.filter((one, place) => place === 0 || one.events.length > 0);
	return (
		<div className={styles.part}>
			<BackTo part="integrations" />
			{guide.data === undefined ? (
				<Waiting error={guide.error} retry={() => void guide.refetch()} />
			) : (
				<GuideText guide={guide.data} />
			)}
			{receivers.error !== null && <FetchFailure error={receivers.error} onRetry={() => void receivers.refetch()} />}
			{open.map((one) => (
				<Came key={one.door} receiver={one} refresh={() => void receivers.refetch()} />
			))}
			{triable.map((one) => (
				<TryForm key={one.door} receiver={one} />
			))}
		</div>
	);
}

function Came({ receiver, refresh }: { readonly receiver: Receiver; readonly refresh: () => void }) {
	const { t } = useSpeech();
	return (
		<section className={styles.card} aria-labelledby={`came-${receiver.door}`} data-testid="receiver" data-door={receiver.door}>
			<div className={styles.bar}>
				<h2 id={`came-${receiver.door}`}>
					{t('integrations.came')} <code>{receiver.path}</code>
				</h2>
				<Counts receiver={receiver} />
			</div>
			{receiver.events.length === 0 ? (
				<>
					<p className={styles.lead}>{t('integrations.cameNothing')}</p>
					<div className={styles.actions}>
						<button type="button" className={controls.button} onClick={refresh}>
							<RefreshCw size={15} aria-hidden="true" />
							{t('integrations.refresh')}
						</button>
					</div>
				</>
			) : (
				<ReceivedList events={receiver.events} />
			)}
		</section>
	);
}
