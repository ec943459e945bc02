import { useInfiniteQuery } from '@tanstack/react-query';
import { Logs, Pause, Play, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { fetchLogs, LOG_LEVELS, type LogFilter, type LogLevel, type LogRecord } from '../../api/logs';
import { oneOf } from '../../api/read';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useDraft } from '../../forms/useDraft';
import { useSpeech } from '../../i18n/language';
import { useLogFilter } from './useLogFilter';

const REFRESH_MS = 5_000;
const KINDS: Readonly<Record<LogLevel, string | undefined>> = {
	debug: undefined,
	info: undefined,
	warn: 'warning',
	error: 'bad',
};

/** The server's own log: its latest records, anew every 5 s until it is paused. */
export function LogPart() {
	const { t, format } = useSpeech();
	const { http, clock } = useServices();
	const { filter, narrow } = useLogFilter();
	const [pausedAt, setPausedAt] = useState<number | null>(null);
	const paused = pausedAt !== null;
	const pages = useInfiniteQuery({
		queryKey: ['logs', filter],
		queryFn: ({ pageParam, signal }) => fetchLogs(http, filter, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (last) => last.next,
		staleTime: 0,
		refetchInterval: paused ? false : REFRESH_MS,
	});
	const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
	const older = () => {
		// Who reads what is older does not want it to move.
		setPausedAt(pausedAt ?? clock.now());
		void pages.fetchNextPage();
	};
	return (
		<div className={styles.part}>
			<div className={styles.bar}>
				<h2>{t('settings.log')}</h2>
				<div className={styles.actions}>
					<span className={styles.hint} role="status" data-testid="log-state" data-paused={paused}>
						{paused ? t('log.paused', { time: format.time(pausedAt) }) : t('log.live')}
					</span>
					<button
						type="button"
						className={controls.button}
						data-testid="log-pause"
						onClick={() => setPausedAt(paused ? null : clock.now())}
					>
						{paused ? <Play size={15} aria-hidden="true" /> : <Pause size={15} aria-hidden="true" />}
						{t(paused ? 'log.resume' : 'log.pause')}
					</button>
					<button type="button" className={controls.button} data-testid="log-refresh" onClick={() => void pages.refetch()}>
						<RefreshCw size={15} aria-hidden="true" />
						{t('log.refresh')}
					</button>
				</div>
			</div>
			<p className={styles.lead}>{t('log.lead')}</p>
			<LogFilterBar filter={filter} onChange={narrow} />
			{pages.data === undefined ? (
				pages.error === null ? (
					<Skeleton label={t('log.loading')} rows={6} />
				) : (
					<FetchFailure error={pages.error} onRetry={() => void pages.refetch()} />
				)
			) : (
				pages.error !== null && <Telling kind="bad">{t('state.stale')}</Telling>
			)}
			{pages.data !== undefined && items.length === 0 && <Notice icon={Logs} title={t('log.none')} />}
			{items.length > 0 && (
				<ul className={styles.rows} data-testid="log-rows">
					{items.map((record) => (
						<LogRow key={record.id} record={record} />
					))}
				</ul>
			)}
			<OlderButton pages={pages} onOlder={older} testId="log-older" />
		</div>
	);
}

interface LogFilterBarProps {
	readonly filter: LogFilter;
	readonly onChange: (change: Partial<LogFilter>) => void;
}

function LogFilterBar({ filter, onChange }: LogFilterBarProps) {
	const { t } = useSpeech();
	const text = useDraft(filter.q, (q) => onChange({ q }));
	return (
		<search className={styles.pair}>
			<label className={controls.field}>
				{t('log.level')}
				<select
					className={controls.select}
					name="level"
					value={filter.level}
					onChange={(event) => onChange({ level: oneOf(event.target.value, LOG_LEVELS, 'debug') })}
				>
					{LOG_LEVELS.map((level) => (
						<option key={level} value={level}>
							{t(`log.from.${level}`)}
						</option>
					))}
				</select>
			</label>
			<label className={controls.field}>
				{t('list.search')}
				<input
					type="search"
					name="q"
					className={controls.input}
					value={text.draft}
					maxLength={255}
					spellCheck={false}
					placeholder={t('log.searchHint')}
					onChange={(event) => text.write(event.target.value)}
					onBlur={text.leave}
				/>
			</label>
		</search>
	);
}

function LogRow({ record }: { readonly record: LogRecord }) {
	const { t, format } = useSpeech();
	return (
		<li className={`${styles.row} ${styles.record}`} data-testid="log-row" data-level={record.level} data-id={record.id}>
			<span className={styles.muted}>{record.at === null ? '–' : format.dateTime(record.at)}</span>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={KINDS[record.level]}>
					{t(`log.${record.level}`)}
				</span>
			</span>
			<div className={styles.main}>
				<b lang="en">{record.message}</b>
				{record.attributes.length > 0 && (
					<ul className={styles.attributes}>
						{record.attributes.map(([key, value]) => (
							<li key={key}>
								<span>{key}=</span>
								{value}
							</li>
						))}
					</ul>
				)}
			</div>
		</li>
	);
}
