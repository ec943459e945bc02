import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, Clock, Gauge } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import type { Http } from '../../api/http';
import { changeOffice, fetchOffice } from '../../api/office';
import { fetchScrapes, type Scrape } from '../../api/scrapes';
import { useServices } from '../../app/services';
import { Moment } from '../../design/Moment';
import { FetchFailure, Notice } from '../../design/Notice';
import { Reason } from '../../design/Reason';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { WithOffice } from '../../office/WithOffice';
import { BackTo } from './BackTo';
import { ConnectionList } from './ConnectionList';
import { ScrapeForm } from './ScrapeForm';
import type { PartProps } from './SettingsPage';

const LIST = '/settings/scrapes';
const REFRESH_MS = 1_000;
const MARKS = {
	waiting: [Clock, undefined, 'scrapes.waiting'],
	ok: [CircleCheck, 'good', 'hooks.ok'],
	failed: [CircleX, 'bad', 'hooks.failed'],
} as const;

/** Programs whose metrics are read: which there are and how it goes, or one of them (scrapes/<name>). */
export function ScrapesPart({ item }: PartProps) {
	const { t } = useSpeech();
	if (item !== '') return <OneScrape key={item} name={item} />;
	return (
		<div className={styles.part}>
			<BackTo part="integrations" />
			<ConnectionList<Scrape>
				testId="scrape"
				title={t('settings.scrapes')}
				lead={t('scrapes.lead')}
				make={t('ping.new')}
				icon={Gauge}
				none={t('ping.empty')}
				removal={t('mute.remove')}
				revokeAsk={(name) => t('scrapes.removeAsk', { name })}
				refreshMs={REFRESH_MS}
				fetch={fetchScrapes}
				revoke={removeScrape}
				form={(onMade, onCancel) => (
					<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="scrape">
						<h2 id="scrape">{t('ping.new')}</h2>
						<WithOffice>
							{(state) => (
								<ScrapeForm {...state} place={state.settings.scrapes.length} onDone={() => onMade()} onCancel={onCancel} />
							)}
						</WithOffice>
					</section>
				)}
				row={(scrape) => (
					<>
						<div className={styles.main}>
							<Link href={`${LIST}/${encodeURIComponent(scrape.name)}`}>{scrape.name}</Link>
							<span className={styles.muted}>{scrape.url}</span>
						</div>
						<span className={styles.muted}>{t('scrapes.every', { n: scrape.seconds })}</span>
						<ScrapeState scrape={scrape} />
					</>
				)}
			/>
		</div>
	);
}

async function removeScrape(http: Http, name: string): Promise<void> {
	const { scrapes, version } = await fetchOffice(http);
	await changeOffice(http, { scrapes: scrapes.filter((one) => one.name !== name) }, version);
}

/** How reading goes: in a word, when it was, and why it does not work. */
function ScrapeState({ scrape }: { readonly scrape: Scrape }) {
	const { t } = useSpeech();
	const { state, at, successAt, error, samples } = scrape;
	const [Icon, kind, words] = MARKS[state];
	return (
		<div className={styles.main} data-testid="scrape-state" data-state={state}>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={kind}>
					<Icon size={13} aria-hidden="true" />
					{t(words)}
				</span>
			</span>
			{error !== '' && (
				<span className={styles.muted}>
					<Reason text={error} />
				</span>
			)}
			{at !== null && (
				<span className={styles.muted}>
					{t('integrations.last')} <Moment at={at} />
					{samples > 0 && ` · ${t('scrapes.values', { n: samples })}`}
				</span>
			)}
			{state === 'failed' && successAt !== null && (
				<span className={styles.muted}>
					{t('scrapes.success')} <Moment at={successAt} />
				</span>
			)}
		</div>
	);
}

function OneScrape({ name }: { readonly name: string }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const [, navigate] = useLocation();
	const { data, error, refetch } = useQuery({
		queryKey: ['scrapes'],
		queryFn: ({ signal }) => fetchScrapes(http, signal),
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
	const scrape = data?.find((one) => one.name === name);
	return (
		<div className={styles.part}>
			<BackTo part="scrapes" />
			{error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			<WithOffice>
				{(state) => {
					const place = state.settings.scrapes.findIndex((one) => one.name === name);
					if (place < 0) return <Notice icon={Gauge} title={t('settings.gone')} />;
					return (
						<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="scrape">
							<h2 id="scrape">{name}</h2>
							{scrape !== undefined && <ScrapeState scrape={scrape} />}
							<ScrapeForm {...state} place={place} onDone={() => navigate(LIST)} onCancel={() => navigate(LIST)} />
						</section>
					);
				}}
			</WithOffice>
		</div>
	);
}
