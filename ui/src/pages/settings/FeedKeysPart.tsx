import { useQuery } from '@tanstack/react-query';
import { CalendarDays } from 'lucide-react';
import { createFeedKey, type FeedKey, fetchFeedKeys, type NewFeedKey, revokeFeedKey } from '../../api/feedkeys';
import { fetchUsers } from '../../api/users';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { BackTo } from './BackTo';
import { CodeBox } from './CodeBox';
import { ConnectionList } from './ConnectionList';
import { KeyForm } from './KeyForm';

/** Addresses for calendars, feed readers and sheets: which there are, new ones, revocation. */
export function FeedKeysPart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const users = useUsers();
	return (
		<div className={styles.part}>
			{useRight('settings.manage') && <BackTo part="integrations" />}
			<ConnectionList<FeedKey, NewFeedKey>
				testId="feed-key"
				title={t('settings.feed-keys')}
				lead={t('feeds.lead')}
				make={t('ping.new')}
				icon={CalendarDays}
				none={t('ping.empty')}
				noneHint={t('feeds.emptyHint')}
				revokeAsk={(name) => t('feeds.revokeAsk', { name })}
				fetch={fetchFeedKeys}
				revoke={revokeFeedKey}
				form={(onMade, onCancel) => (
					<KeyForm
						testId="feed-key-form"
						nameHint={t('feeds.nameHint')}
						of={{ name: 'userId', label: t('feeds.owner'), own: t('feeds.own'), all: users }}
						make={async (name, userId) => onMade(await createFeedKey(http, { name, userId }))}
						onCancel={onCancel}
					/>
				)}
				secret={({ name, calendar, alerts, runs, deadlines }) => ({
					title: t('ping.made', { name }),
					warning: t('ping.once'),
					kept: t('ping.kept'),
					text: (
						<>
							<CodeBox label={t('feeds.calendar')} code={calendar} />
							<CodeBox label={t('feeds.alerts')} code={alerts} />
							<CodeBox label={t('feeds.runs')} code={runs} />
							<CodeBox label={t('feeds.deadlines')} code={deadlines} />
						</>
					),
				})}
				row={(key) => <FeedKeyCells feedKey={key} owner={users.find(({ id }) => id === key.userId)?.name} />}
			/>
		</div>
	);
}

function useUsers() {
	const { http } = useServices();
	const may = useRight('users.manage');
	const { data } = useQuery({ queryKey: ['users'], queryFn: ({ signal }) => fetchUsers(http, signal), enabled: may });
	return data ?? [];
}

function FeedKeyCells({ feedKey, owner }: { readonly feedKey: FeedKey; readonly owner: string | undefined }) {
	const { t, format } = useSpeech();
	const { name, createdAt } = feedKey;
	return (
		<>
			<b>{name}</b>
			<span className={styles.muted}>{owner !== undefined && `${t('feeds.owner')}: ${owner}`}</span>
			<span className={styles.muted}>{createdAt !== null && t('tokens.created', { time: format.dateTime(createdAt) })}</span>
		</>
	);
}
