import { Save } from 'lucide-react';
import { changeWebhook, createWebhook, type Webhook, type WebhookChange } from '../../api/webhooks';
import { useServices } from '../../app/services';
import { useWorkflows } from '../../app/WorkflowSelect';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { Secret, secretChange } from '../../forms/Secret';
import { useSpeech } from '../../i18n/language';
import { ConnectionForm } from './ConnectionForm';
import { WebhookEvents } from './WebhookEvents';

const NEW = { name: '', url: '', hasSecret: false, events: ['execution.failed', 'alert.*'], workflowIds: [], batch: false };

interface WebhookFormProps {
	/** What is changed; absent: one is made. */
	readonly webhook?: Webhook;
	readonly onDone: () => void;
	readonly onCancel: () => void;
	readonly onStale?: () => void;
}

/** Makes or changes whom something is told. */
export function WebhookForm({ webhook, onDone, onCancel, onStale }: WebhookFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { name, url, hasSecret, events, workflowIds, batch } = webhook ?? NEW;
	return (
		<ConnectionForm
			testId="webhook-form"
			title={webhook?.name ?? t('hooks.new')}
			action={t('act.save')}
			icon={Save}
			send={async (value, all) => {
				const change = webhookChange(value, all);
				await (webhook === undefined ? createWebhook(http, change) : changeWebhook(http, webhook, change));
				onDone();
			}}
			onCancel={onCancel}
			{...(onStale === undefined ? {} : { onStale })}
		>
			{(faults) => (
				<>
					<Line
						name="name"
						label={t('ping.name')}
						defaultValue={name}
						maxLength={80}
						autoComplete="off"
						required
						autoFocus
						fault={faults.name}
					/>
					<Line
						name="url"
						label={t('ping.address')}
						hint={t('rules.hint.webhook.url')}
						defaultValue={url}
						inputMode="url"
						autoComplete="off"
						required
						fault={faults.url}
					/>
					<Secret
						name="secret"
						label={t('rules.webhook.secret')}
						removal={t('rules.dropSecret')}
						stored={hasSecret}
						missing={webhook?.standing.state === 'secret_missing'}
						fault={faults.secret}
					/>
					<WebhookEvents given={events} fault={faults.events} />
					<Workflows given={workflowIds} />
					<label className={styles.choice} data-wide="">
						<input type="checkbox" name="batch" value="on" defaultChecked={batch} />
						<span>{t('hooks.batch')}</span>
					</label>
				</>
			)}
		</ConnectionForm>
	);
}

/** The workflows to choose from; none chosen: all. */
function Workflows({ given }: { readonly given: readonly string[] }) {
	const { t } = useSpeech();
	const known = useWorkflows();
	const gone = given.filter((id) => !known.some((one) => one.id === id)).map((id) => ({ id, name: id }));
	return (
		<details className={styles.fold} data-wide="" open={given.length > 0}>
			<summary>{t('hooks.workflows')}</summary>
			<div className={styles.choices}>
				{[...known, ...gone].map((one) => (
					<label key={one.id} className={styles.choice}>
						<input type="checkbox" name="workflowIds" value={one.id} defaultChecked={given.includes(one.id)} />
						<span>{one.name}</span>
					</label>
				))}
			</div>
		</details>
	);
}

/** What was filled in, as it is sent: a secret only where one was written or taken away. */
export function webhookChange(value: (name: string) => string, all: (name: string) => string[]): WebhookChange {
	const { secret } = secretChange('secret', value);
	return {
		name: value('name').trim(),
		url: value('url').trim(),
		...(secret === undefined ? {} : { secret: secret ?? '' }),
		events: all('events'),
		workflowIds: all('workflowIds'),
		batch: value('batch') !== '',
	};
}
