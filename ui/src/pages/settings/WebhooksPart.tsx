import { Send } from 'lucide-react';
import { Link } from 'wouter';
import { fetchWebhooks, hostOf, removeWebhook, type Webhook } from '../../api/webhooks';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { BackTo } from './BackTo';
import { ConnectionList } from './ConnectionList';
import { OneWebhook } from './OneWebhook';
import type { PartProps } from './SettingsPage';
import { WebhookForm } from './WebhookForm';
import { StandingLine } from './WebhookStanding';
import { eventsInWords } from './webhookwords';

const REFRESH_MS = 2_000;

/** Programs that are told of what happens: which there are and how it goes, or one of them (webhooks/<id>). */
export function WebhooksPart({ item }: PartProps) {
	const { t } = useSpeech();
	if (item !== '') return <OneWebhook key={item} id={item} />;
	return (
		<div className={styles.part}>
			<BackTo part="integrations" />
			<ConnectionList<Webhook>
				testId="webhook"
				title={t('settings.webhooks')}
				lead={t('hooks.lead')}
				make={t('hooks.new')}
				icon={Send}
				none={t('hooks.none')}
				noneHint={t('hooks.noneHint')}
				removal={t('mute.remove')}
				revokeAsk={(name) => t('hooks.removeAsk', { name })}
				refreshMs={REFRESH_MS}
				fetch={fetchWebhooks}
				revoke={removeWebhook}
				form={(onMade, onCancel) => <WebhookForm onDone={() => onMade()} onCancel={onCancel} />}
				row={(webhook) => <WebhookCells webhook={webhook} />}
			/>
		</div>
	);
}

function WebhookCells({ webhook }: { readonly webhook: Webhook }) {
	const { t } = useSpeech();
	return (
		<>
			<div className={styles.main}>
				<Link href={`/settings/webhooks/${encodeURIComponent(webhook.id)}`}>{webhook.name}</Link>
				<span className={styles.muted}>{hostOf(webhook.url)}</span>
			</div>
			<span className={styles.muted}>{eventsInWords(webhook.events, t)}</span>
			<StandingLine webhook={webhook} />
		</>
	);
}
