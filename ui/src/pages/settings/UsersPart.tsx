import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, UserRoundPlus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { fetchUser, fetchUsers, type User } from '../../api/users';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import styles from '../../forms/parts.module.css';
import { useHeld } from '../../forms/useHeld';
import { useSpeech } from '../../i18n/language';
import { RoleNames } from './RoleChoice';
import type { PartProps } from './SettingsPage';
import { UserAccess } from './UserAccess';
import { UserForm } from './UserForm';

const LIST = '/settings/users';

/** The organisation's people: the list, a new one (users/new), or one of them (users/<id>). */
export function UsersPart({ item }: PartProps) {
	if (item === '') return <UserList />;
	return (
		<div className={styles.part}>
			<BackToList />
			{item === 'new' ? <NewUser /> : <OneUser key={item} id={item} />}
		</div>
	);
}

function BackToList() {
	const { t } = useSpeech();
	return (
		<Link className={styles.back} href={LIST}>
			<ArrowLeft size={15} aria-hidden="true" />
			{t('settings.users')}
		</Link>
	);
}

function UserList() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['users'],
		queryFn: ({ signal }) => fetchUsers(http, signal),
		staleTime: 0,
	});
	return (
		<div className={styles.part}>
			<div className={styles.bar}>
				<h2>
					{t('settings.users')}
					{data !== undefined && <span className={styles.count}> · {t('users.count', { n: data.length })}</span>}
				</h2>
				<Link className={`${controls.button} ${controls.primary}`} href={`${LIST}/new`} data-testid="user-new">
					<UserRoundPlus size={16} aria-hidden="true" />
					{t('users.new')}
				</Link>
			</div>
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('users.loading')} rows={4} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data !== undefined && data.length === 0 && <Notice icon={UsersRound} title={t('users.none')} />}
			{data !== undefined && data.length > 0 && (
				<ul className={styles.rows}>
					{data.map((user) => (
						<UserRow key={user.id} user={user} />
					))}
				</ul>
			)}
		</div>
	);
}

function UserRow({ user }: { readonly user: User }) {
	const { t } = useSpeech();
	return (
		<li
			className={`${styles.row} ${styles.user}`}
			data-testid="user-row"
			data-user-id={user.id}
			data-login={user.login}
			data-active={user.active}
		>
			<div className={styles.main}>
				<Link href={`${LIST}/${encodeURIComponent(user.id)}`}>{user.name}</Link>
				{user.name !== user.login && <span className={styles.muted}>{user.login}</span>}
			</div>
			<RoleNames roles={user.roles} />
			<div className={styles.main}>
				{user.email !== '' && <span className={styles.muted}>{user.email}</span>}
				<span className={styles.muted}>
					{user.clients.length === 0 ? t('users.allClients') : t('users.someClients', { n: user.clients.length })}
				</span>
			</div>
			<span className={styles.badges}>
				<span className={styles.badge} data-kind={user.active ? 'good' : 'warning'}>
					{t(user.active ? 'users.active' : 'users.inactive')}
				</span>
				{user.totp && <span className={styles.badge}>{t('users.totp')}</span>}
			</span>
		</li>
	);
}

function NewUser() {
	const { t } = useSpeech();
	const { queries } = useServices();
	const [, navigate] = useLocation();
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="user">
			<h2 id="user">{t('users.new')}</h2>
			<UserForm
				user={null}
				saved={false}
				onSaved={async () => {
					await queries.invalidateQueries({ queryKey: ['users'] });
					navigate(LIST);
				}}
				onStale={() => {}}
			/>
		</section>
	);
}

function OneUser({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const [, navigate] = useLocation();
	const [told, setTold] = useState(false);
	const query = useQuery({
		queryKey: ['users', id],
		queryFn: ({ signal }) => fetchUser(http, id, signal),
		staleTime: 0,
		refetchOnMount: 'always',
	});
	const { error, refetch } = query;
	const { value: data, generation, keep, renew } = useHeld(query);
	if (data === undefined) {
		return error === null ? (
			<Skeleton label={t('users.loading')} rows={4} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	const saved = (user: User, anew = false) => {
		keep(user, anew);
		queries.setQueryData(['users', id], user);
		void queries.invalidateQueries({ queryKey: ['users'], exact: true });
	};
	return (
		<>
			<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="user">
				<h2 id="user">{data.name}</h2>
				<UserForm
					key={generation}
					user={data}
					saved={told}
					onSaved={(user) => {
						saved(user, true);
						setTold(true);
					}}
					onStale={() => {
						setTold(false);
						renew();
					}}
				/>
			</section>
			<UserAccess
				user={data}
				onSaved={saved}
				onStale={renew}
				onRemoved={() => {
					navigate(LIST);
					queries.removeQueries({ queryKey: ['users', id] });
				}}
			/>
		</>
	);
}
