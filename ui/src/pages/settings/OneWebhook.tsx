import { useQuery } from '@tanstack/react-query';
import { Pause, Pencil, Play, Send } from 'lucide-react';
import { useState } from 'react';
import { changeWebhook, fetchWebhook, testWebhook, type Webhook } from '../../api/webhooks';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import { useWorkflows } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { Moment } from '../../design/Moment';
import { FetchFailure } from '../../design/Notice';
import { Reason } from '../../design/Reason';
import { Skeleton } from '../../design/Skeleton';
import { Confirm } from '../../forms/Confirm';
import { Failure, Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { BackTo } from './BackTo';
import { Facts } from './Facts';
import { OutcomeList } from './OutcomeList';
import { WebhookForm } from './WebhookForm';
import { StandingLine } from './WebhookStanding';
import { eventsInWords } from './webhookwords';

const REFRESH_MS = 1_000;

/** A program that is told: of what, how it goes, what became of the last messages; to be tried, changed, paused. */
export function OneWebhook({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { http } = useServices();
	/** As it was when somebody began to change it. */
	const [changing, setChanging] = useState<Webhook | null>(null);
	const { data, error, refetch } = useQuery({
		queryKey: ['webhooks', id],
		queryFn: ({ signal }) => fetchWebhook(http, id, signal),
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
	const renew = async () => void (await refetch());
	return (
		<div className={styles.part}>
			<BackTo part="webhooks" />
			{error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			{data === undefined && error === null && <Skeleton label={t('data.loading')} rows={4} />}
			{data !== undefined &&
				(changing !== null ? (
					<WebhookForm
						key={changing.version}
						webhook={changing}
						onDone={() => {
							setChanging(null);
							void renew();
						}}
						onCancel={() => setChanging(null)}
						onStale={() => void refetch().then((now) => now.isSuccess && setChanging(now.data))}
					/>
				) : (
					<About webhook={data} change={() => setChanging(data)} renew={renew} />
				))}
			{data !== undefined && <OutcomeList webhook={data} renew={renew} />}
		</div>
	);
}

interface AboutProps {
	readonly webhook: Webhook;
	readonly change: () => void;
	readonly renew: () => Promise<void>;
}

function About({ webhook, change, renew }: AboutProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [trial, setTrial] = useState<string | null>(null);
	const switchTo = async (isActive: boolean) => {
		await changeWebhook(http, webhook, { isActive });
		await renew();
	};
	const test = async () => {
		setTrial(await testWebhook(http, webhook.id));
		await renew();
	};
	return (
		<section className={styles.card} aria-labelledby="webhook">
			<div className={styles.bar}>
				<h2 id="webhook">{webhook.name}</h2>
				<div className={styles.actions}>
					{webhook.active && (
						<ActionButton
							className={controls.button}
							data-testid="webhook-test"
							working={working}
							onClick={() => void send(test)}
						>
							<Send size={15} aria-hidden="true" />
							{t('hooks.test')}
						</ActionButton>
					)}
					<button type="button" className={controls.button} data-testid="webhook-change" onClick={change}>
						<Pencil size={15} aria-hidden="true" />
						{t('hooks.change')}
					</button>
					{webhook.active ? (
						<Confirm
							label={t('log.pause')}
							icon={Pause}
							question={t('hooks.pauseAsk')}
							action={t('log.pause')}
							testId="webhook-pause"
							work={() => switchTo(false)}
						/>
					) : (
						<ActionButton
							className={`${controls.button} ${controls.primary}`}
							data-testid="webhook-resume"
							working={working}
							onClick={() => void send(() => switchTo(true))}
						>
							<Play size={15} aria-hidden="true" />
							{t('log.resume')}
						</ActionButton>
					)}
				</div>
			</div>
			<Failure error={error} />
			<div role="status">{trial !== null && <Trial webhook={webhook} trial={trial} />}</div>
			<StandingLine webhook={webhook} />
			<Details webhook={webhook} />
		</section>
	);
}

/** What became of a test, once it is known. */
function Trial({ webhook, trial }: { readonly webhook: Webhook; readonly trial: string }) {
	const { t } = useSpeech();
	const outcome = webhook.standing.recent.find(({ id }) => id === trial);
	if (outcome === undefined) return <p className={styles.lead}>{t('hooks.testing')}</p>;
	return (
		<div data-testid="webhook-tested" data-status={outcome.status}>
			{outcome.status === 'delivered' ? (
				<Telling>{t('hooks.testTaken')}</Telling>
			) : (
				<Telling kind="bad">
					{t('hooks.testFailed')} <Reason text={outcome.error} />
				</Telling>
			)}
		</div>
	);
}

function Details({ webhook }: { readonly webhook: Webhook }) {
	const { t, format } = useSpeech();
	const known = useWorkflows();
	const { url, events, workflowIds, standing } = webhook;
	const names = workflowIds.map((id) => known.find((one) => one.id === id)?.name ?? id);
	const { delivered, deliveredAt, skipped } = standing;
	const told = (
		<>
			{format.number(delivered)}
			{delivered > 0 && deliveredAt !== null && (
				<>
					{' · '}
					{t('integrations.last')} <Moment at={deliveredAt} />
				</>
			)}
		</>
	);
	return (
		<Facts
			of={[
				[t('ping.address'), url],
				[t('hooks.events'), eventsInWords(events, t)],
				[t('nav.workflows'), names.length === 0 ? t('list.allWorkflows') : names.join(', ')],
				[t('hooks.told'), told],
				...(skipped > 0 ? [[t('hooks.skipped'), format.number(skipped)] as const] : []),
			]}
		/>
	);
}
