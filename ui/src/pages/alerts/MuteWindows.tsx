import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MoonStar, Plus, X } from 'lucide-react';
import { useState } from 'react';
import styles from '../../alerts/alerts.module.css';
import { changeOffice, fetchOffice, type MuteWindow, type OfficeSettings } from '../../api/office';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Failure } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { clockOf } from '../../url/clocktime';
import { ZONE } from '../../url/localtime';
import { MuteWindowForm } from './MuteWindowForm';

const KEY = ['office'];

/** Times in which messages that are not urgent wait, again and again. They are the office's settings. */
export function MuteWindows() {
	const { t } = useSpeech();
	const { http } = useServices();
	const client = useQueryClient();
	const [making, setMaking] = useState(false);
	const { data, error, refetch } = useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => fetchOffice(http, signal),
		staleTime: 0,
	});
	const save = async (settings: OfficeSettings, muteWindows: readonly MuteWindow[]) =>
		void client.setQueryData(KEY, await changeOffice(http, { muteWindows }, settings.version));
	return (
		<section className={styles.part} aria-labelledby="mute-windows">
			<div className={parts.bar}>
				<h2 id="mute-windows">{t('mute.title')}</h2>
				{data !== undefined && !making && (
					<button type="button" className={controls.button} data-testid="mute-new" onClick={() => setMaking(true)}>
						<Plus size={16} aria-hidden="true" />
						{t('mute.new')}
					</button>
				)}
			</div>
			<p className={parts.lead}>{t('mute.lead')}</p>
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('silences.loading')} rows={2} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{making && data !== undefined && (
				<MuteWindowForm
					place={data.muteWindows.length}
					save={(window) => save(data, [...data.muteWindows, window])}
					onStale={() => void refetch()}
					onDone={() => setMaking(false)}
				/>
			)}
			{data?.muteWindows.length === 0 && !making && <p className={styles.muted}>{t('mute.none')}</p>}
			{data !== undefined && data.muteWindows.length > 0 && (
				<ul className={parts.rows}>
					{data.muteWindows.map((window, n) => (
						<WindowRow
							key={JSON.stringify(window)}
							window={window}
							remove={() =>
								save(
									data,
									data.muteWindows.filter((_, other) => other !== n),
								)
							}
						/>
					))}
				</ul>
			)}
		</section>
	);
}

function WindowRow({ window, remove }: { readonly window: MuteWindow; readonly remove: () => Promise<void> }) {
	const { t } = useSpeech();
	const { working, error, send } = useSending();
	const { fromMinute, toMinute, daysOff, zone } = window;
	const days = [...window.weekdays].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
	const hours = { from: clockOf(fromMinute), to: clockOf(toMinute) };
	return (
		<li className={`${parts.row} ${styles.window}`} data-testid="mute-row">
			<MoonStar size={18} aria-hidden="true" />
			<div className={parts.main}>
				{days.length > 0 && (
					<b>
						{days.map((day) => t(`mute.day.${weekday(day)}`)).join(', ')}:{' '}
						{t(toMinute > fromMinute ? 'mute.hours' : 'mute.hoursOver', hours)}
					</b>
				)}
				{daysOff && <b>{t('mute.daysOffAll')}</b>}
				<span>{window.reason}</span>
				{zone !== ZONE && <span className={styles.muted}>{t('mute.zone', { zone })}</span>}
			</div>
			<ActionButton className={controls.button} data-testid="mute-remove" working={working} onClick={() => void send(remove)}>
				<X size={14} aria-hidden="true" />
				{t('mute.remove')}
			</ActionButton>
			<Failure error={error} />
		</li>
	);
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The day of a number from 0, Sunday, to 6. */
function weekday(n: number): Weekday {
	return WEEKDAYS.find((one) => one === n) ?? 0;
}
