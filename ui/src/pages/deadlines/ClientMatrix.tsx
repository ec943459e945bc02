import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleX, FileCheck, LoaderCircle, type LucideIcon, Search } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { CLIENT_STATES, type ClientState, type Deadline, type DeadlineClient, fetchDeadlineClients } from '../../api/deadlines';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import styles from './deadlines.module.css';
import { FilingForm } from './FilingForm';

const ICONS: Readonly<Record<ClientState, LucideIcon>> = {
	failed: CircleX,
	notStarted: CircleDashed,
	running: LoaderCircle,
	completed: CircleCheck,
	filed: FileCheck,
};

interface ClientMatrixProps {
	readonly deadline: Deadline;
	/** Only that one; '' for all. */
	readonly client: string;
}

/** How the obligation of each client stands, those first that need somebody; and where a filing is marked. */
export function ClientMatrix({ deadline, client }: ClientMatrixProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const files = useRight('deadlines.file');
	const [state, setState] = useState<ClientState | null>(null);
	/** Whose filing is to be marked; n grows with each wish, and begins the form anew. */
	const [filing, setFiling] = useState<{ readonly client: string | null; readonly n: number }>({ client: null, n: 0 });
	const { data, error, refetch } = useQuery({
		queryKey: ['deadlineClients', deadline.rule, deadline.period],
		queryFn: ({ signal }) => fetchDeadlineClients(http, deadline, signal),
		staleTime: 0,
	});
	if (data === undefined) {
		return error === null ? (
			<Skeleton label={t('due.clientsLoading')} rows={3} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	const items = data.items.filter((one) => client === '' || one.client === client);
	const shown = items.filter((one) => state === null || one.state === state);
	return (
		<section className={styles.matrix} aria-label={t('due.clients')}>
			<h3>{t('due.clients')}</h3>
			<StateToggles items={items} chosen={state} onChoose={(one) => setState(one === state ? null : one)} />
			{items.length === 0 && <p className={styles.muted}>{t(client === '' ? 'due.noClients' : 'due.noClient')}</p>}
			{data.capped && <Telling kind="warning">{t('due.clientsCapped')}</Telling>}
			<ul className={styles.clients}>
				{shown
					.toSorted((a, b) => CLIENT_STATES.indexOf(a.state) - CLIENT_STATES.indexOf(b.state))
					.map((one) => (
						<ClientLine
							key={one.client}
							one={one}
							onFile={files && one.state !== 'filed' ? () => setFiling(({ n }) => ({ client: one.client, n: n + 1 })) : null}
						/>
					))}
			</ul>
			{files && (
				<FilingForm
					key={`${client} ${filing.n}`}
					deadline={deadline}
					client={filing.client ?? client}
					focused={filing.client !== null}
					onFiled={() => {
						setFiling(({ n }) => ({ client: null, n }));
						void refetch();
					}}
				/>
			)}
		</section>
	);
}

interface StateTogglesProps {
	readonly items: readonly DeadlineClient[];
	readonly chosen: ClientState | null;
	readonly onChoose: (state: ClientState) => void;
}

/** How many clients are in each state; one of them narrows the list. */
function StateToggles({ items, chosen, onChoose }: StateTogglesProps) {
	const { t } = useSpeech();
	return (
		<fieldset className={controls.pills}>
			<legend className="visually-hidden">{t('due.clientState')}</legend>
			{CLIENT_STATES.map((state) => {
				const n = items.filter((one) => one.state === state).length;
				return (
					<button
						key={state}
						type="button"
						data-testid="client-state"
						data-value={state}
						data-count={n}
						aria-pressed={chosen === state}
						onClick={() => onChoose(state)}
					>
						<StateMark state={state} />
						<b>{n}</b>
					</button>
				);
			})}
		</fieldset>
	);
}

function StateMark({ state }: { readonly state: ClientState }) {
	const { t } = useSpeech();
	const Icon = ICONS[state];
	return (
		<span className={styles.mark} data-state={state}>
			<Icon size={15} aria-hidden="true" />
			{t(`due.client.${state}`)}
		</span>
	);
}

function ClientLine({ one, onFile }: { readonly one: DeadlineClient; readonly onFile: (() => void) | null }) {
	const { t, format } = useSpeech();
	const { filing } = one;
	return (
		<li className={styles.client} data-testid="deadline-client" data-client={one.client} data-state={one.state}>
			<b>{one.client}</b>
			<StateMark state={one.state} />
			<span className={styles.muted}>
				{filing !== null && (
					<>
						{filing.upo === null ? t('due.noUpo') : t('due.upoIs', { upo: filing.upo })}
						{' · '}
						{t('due.filedBy', { who: filing.by, time: filing.at === null ? '–' : format.dateTime(filing.at) })}
						{filing.former > 0 && ` · ${t('due.corrected', { n: filing.former })}`}
					</>
				)}
			</span>
			<span className={parts.actions}>
				<Link
					className={`${controls.button} ${controls.plain}`}
					href={`/executions?client=${encodeURIComponent(one.client)}`}
					aria-label={t('due.runsOf', { client: one.client })}
				>
					<Search size={15} aria-hidden="true" />
					{t('due.runs')}
				</Link>
				{onFile !== null && (
					<button type="button" className={controls.button} onClick={onFile}>
						{t('due.file')}
						<span className="visually-hidden">{t('due.fileFor', { client: one.client })}</span>
					</button>
				)}
			</span>
		</li>
	);
}
