import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/http';
import { useSpeech } from '../i18n/language';
import controls from './controls.module.css';
import styles from './Notice.module.css';

interface NoticeProps {
	readonly icon: LucideIcon;
	readonly title: string;
	readonly children?: ReactNode;
	readonly action?: ReactNode;
	readonly alert?: boolean;
}

/** What stands where there is nothing else to show: one sentence and one action. */
export function Notice({ icon: Icon, title, children, action, alert = false }: NoticeProps) {
	return (
		<div className={styles.notice} data-alert={alert} {...(alert ? { role: 'alert' } : {})}>
			<Icon size={28} strokeWidth={1.75} aria-hidden="true" />
			<p className={styles.title}>{title}</p>
			{children !== undefined && <div className={styles.text}>{children}</div>}
			{action}
		</div>
	);
}

/** A fetch that failed, with what support needs to find it, and a way to repeat it. */
export function FetchFailure({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
	const { t } = useSpeech();
	const requestId = error instanceof ApiError ? error.requestId : null;
	return (
		<Notice
			icon={CircleAlert}
			title={t('state.error')}
			alert
			action={
				<button type="button" className={controls.button} onClick={onRetry}>
					{t('state.retry')}
				</button>
			}
		>
			<FailureReason error={error} />
			{requestId !== null && <p>{t('state.requestId', { id: requestId })}</p>}
		</Notice>
	);
}

function FailureReason({ error }: { readonly error: unknown }) {
	const { t } = useSpeech();
	if (!(error instanceof ApiError)) return null;
	if (error.status === 0) return <p>{t('state.unreachable')}</p>;
	if (error.status === 403) return <p>{t('err.forbidden')}</p>;
	if (error.status === 429) return <p>{t('err.rate')}</p>;
	return error.detail === '' ? null : <p>{error.detail}</p>;
}
