import { useQuery } from '@tanstack/react-query';
import { type LucideIcon, Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Http } from '../../api/http';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Confirm } from '../../forms/Confirm';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

/** A key, a webhook, an address that is read. */
interface Connection {
	readonly id: string;
	readonly name: string;
}

interface ConnectionListProps<K extends Connection, N extends K> {
	/** Begins the handles, as in "token" of "token-row". */
	readonly testId: string;
	readonly title: string;
	readonly lead: string;
	readonly make: string;
	readonly icon: LucideIcon;
	readonly none: string;
	readonly noneHint?: string;
	readonly revokeAsk: (name: string) => string;
	readonly fetch: (http: Http, signal: AbortSignal) => Promise<readonly K[]>;
	readonly revoke: (http: Http, id: string) => Promise<void>;
	/** The form that makes one; it hands over what is shown once. */
	readonly form: (onMade: (key?: N) => void, onCancel: () => void) => ReactNode;
	/** What is shown once of a key that was made; absent: nothing. */
	readonly secret?: (key: N) => Once;
	/** How often what stands in the rows is asked for again; absent: it isn't. */
	readonly refreshMs?: number;
	/** What the button says that removes one; absent: that it revokes. */
	readonly removal?: string;
	/** The cells of a row. */
	readonly row: (key: K) => ReactNode;
}

/** What nobody can show again. */
interface Once {
	readonly title: string;
	readonly warning: string;
	readonly kept: string;
	readonly text: ReactNode;
	/** Beside the button that puts it away. */
	readonly beside?: ReactNode;
}

/** What connects programs, of one kind: which there are, a new one, whose key is shown once, removal. */
export function ConnectionList<K extends Connection, N extends K = K>(props: ConnectionListProps<K, N>) {
	const { testId, title, lead, make, icon, none, noneHint, fetch, form, secret } = props;
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const [making, setMaking] = useState(false);
	const [made, setMade] = useState<N | null>(null);
	const { data, error, refetch } = useQuery({
		queryKey: [`${testId}s`],
		queryFn: ({ signal }) => fetch(http, signal),
		staleTime: 0,
		refetchInterval: props.refreshMs ?? false,
	});
	const renew = () => queries.invalidateQueries({ queryKey: [`${testId}s`] });
	const keep = (key?: N) => {
		setMaking(false);
		setMade(key ?? null);
		void renew();
	};
	return (
		<>
			<div className={styles.bar}>
				<h2>
					{title}
					{data !== undefined && <span className={styles.count}> · {data.length}</span>}
				</h2>
				{!making && made === null && (
					<button
						type="button"
						className={`${controls.button} ${controls.primary}`}
						data-testid={`${testId}-new`}
						onClick={() => setMaking(true)}
					>
						<Plus size={16} aria-hidden="true" />
						{make}
					</button>
				)}
			</div>
			<p className={styles.lead}>{lead}</p>
			{made !== null && secret !== undefined && <Secret testId={testId} once={secret(made)} onRead={() => setMade(null)} />}
			{making && form(keep, () => setMaking(false))}
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('data.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data?.length === 0 && !making && (
				<Notice icon={icon} title={none}>
					{noneHint}
				</Notice>
			)}
			{data !== undefined && data.length > 0 && (
				<ul className={styles.rows}>
					{data.map((one) => (
						<ConnectionRow key={one.id} {...props} connection={one} renew={renew} />
					))}
				</ul>
			)}
		</>
	);
}

interface ConnectionRowProps<K extends Connection>
	extends Pick<ConnectionListProps<K, K>, 'testId' | 'removal' | 'revokeAsk' | 'revoke' | 'row'> {
	readonly connection: K;
	readonly renew: () => Promise<void>;
}

function ConnectionRow<K extends Connection>({ connection, renew, ...list }: ConnectionRowProps<K>) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { testId, removal = t('tokens.revoke') } = list;
	return (
		<li className={`${styles.row} ${styles.token}`} data-testid={`${testId}-row`} {...{ [`data-${testId}-id`]: connection.id }}>
			{list.row(connection)}
			<Confirm
				label={removal}
				icon={Trash2}
				question={list.revokeAsk(connection.name)}
				action={removal}
				testId={`${testId}-revoke`}
				work={async () => {
					await list.revoke(http, connection.id);
					await renew();
				}}
			/>
		</li>
	);
}

interface SecretProps {
	readonly testId: string;
	readonly once: Once;
	readonly onRead: () => void;
}

function Secret({ testId, once, onRead }: SecretProps) {
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby="secret" data-testid={`${testId}-made`}>
			<h2 id="secret">{once.title}</h2>
			<Telling kind="warning">{once.warning}</Telling>
			{once.text}
			<div className={styles.actions}>
				{once.beside}
				<button type="button" className={controls.button} data-testid={`${testId}-kept`} onClick={onRead}>
					{once.kept}
				</button>
			</div>
		</section>
	);
}
