import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Erasure, type ErasureTarget, erase, fetchErasures } from '../../api/data';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { ErasureConfirm } from './ErasureConfirm';
import { ErasureForm } from './ErasureForm';
import { ErasureReport } from './ErasureReport';

/** What is about to be erased, and why. */
export interface Wish {
	readonly target: ErasureTarget;
	readonly reason: string;
}

type Stage =
	| { readonly at: 'form'; readonly wish: Wish | null }
	| { readonly at: 'confirm'; readonly wish: Wish }
	| { readonly at: 'report'; readonly report: Erasure };

/** How often one that is still under way is asked for, in ms. */
const RUNNING_MS = 2_000;

/** Erases a client or executions: what and why, then a confirmation, then the report; below it the earlier ones. */
export function ErasurePanel() {
	const { t } = useSpeech();
	const { http, queries, forgetList } = useServices();
	const [stage, setStage] = useState<Stage>({ at: 'form', wish: null });
	return (
		<>
			<section className={styles.card} aria-labelledby="erasure" data-testid="erasure">
				<h2 id="erasure">{t('erase.title')}</h2>
				<p className={styles.lead}>{t('erase.lead')}</p>
				{stage.at === 'form' && <ErasureForm first={stage.wish} onNext={(wish) => setStage({ at: 'confirm', wish })} />}
				{stage.at === 'confirm' && (
					<ErasureConfirm
						wish={stage.wish}
						onBack={() => setStage({ at: 'form', wish: stage.wish })}
						onErase={async () => {
							const report = await erase(http, stage.wish.target, stage.wish.reason);
							setStage({ at: 'report', report });
							// Nothing that is kept for coming back may still show what is gone.
							forgetList();
							await queries.invalidateQueries();
						}}
					/>
				)}
				{stage.at === 'report' && <ErasureReport report={stage.report} onRead={() => setStage({ at: 'form', wish: null })} />}
			</section>
			<Earlier />
		</>
	);
}

function Earlier() {
	const { t, format } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['erasures'],
		queryFn: ({ signal }) => fetchErasures(http, signal),
		staleTime: 0,
		refetchInterval: ({ state }) => (state.data?.some((one) => one.running) ? RUNNING_MS : false),
	});
	return (
		<section className={styles.card} aria-labelledby="earlier">
			<h2 id="earlier">{t('erase.earlier')}</h2>
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('data.loading')} rows={2} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data?.length === 0 && <p className={styles.muted}>{t('erase.none')}</p>}
			{data?.map((one) => (
				<details key={one.id} className={styles.fold} data-testid="erasure-row" data-id={one.id}>
					<summary>
						{one.requestedAt === null ? '–' : format.dateTime(one.requestedAt)} ·{' '}
						{t(one.ofClient ? 'erase.ofClient' : 'erase.ofExecutions')} · {one.by}
						{one.running && ` · ${t('erase.running')}`}
					</summary>
					<ErasureReport report={one} />
				</details>
			))}
		</section>
	);
}
