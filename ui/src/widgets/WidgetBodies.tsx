import { CircleAlert, CircleCheckBig, CirclePause, Clock, Inbox, LayoutGrid, Lock, TriangleAlert } from 'lucide-react';
import { Link } from 'wouter';
import type { WidgetConfig } from '../api/dashboards';
import { ApiError } from '../api/http';
import { useSecond } from '../app/hooks';
import controls from '../design/controls.module.css';
import { FetchFailure, Notice } from '../design/Notice';
import { Skeleton } from '../design/Skeleton';
import { useSpeech } from '../i18n/language';
import styles from './WidgetFrame.module.css';
import type { WidgetDefinition } from './widget';

/** How old the data are, beside the title. */
export function AgeBadge({ since }: { readonly since: number }) {
	const { t, format } = useSpeech();
	const age = useSecond((now) => format.ago(now - since));
	return (
		<span className={styles.age} data-testid="widget-age" title={t('widget.dataFrom', { time: format.time(since) })}>
			<Clock size={13} aria-hidden="true" />
			{age}
		</span>
	);
}

export function LoadingBody({ rows }: { readonly rows: number }) {
	const { t } = useSpeech();
	return <Skeleton label={t('widget.loading')} rows={Math.max(2, Math.min(rows, 8))} />;
}

interface EmptyBodyProps {
	readonly definition: WidgetDefinition;
	readonly config: WidgetConfig;
	readonly onConfigure: (() => void) | undefined;
}

/** One sentence, and one action unless nothing is good news. */
export function EmptyBody({ definition, config, onConfigure }: EmptyBodyProps) {
	const { t } = useSpeech();
	const good = definition.emptyIsGood === true;
	const narrowed = config.workflow !== null || config.range !== null;
	const action =
		narrowed && onConfigure !== undefined ? (
			<button type="button" className={controls.button} onClick={onConfigure}>
				{t('widget.configure')}
			</button>
		) : (
			<Link className={controls.button} href={definition.href(config)}>
				{t('widget.open')}
			</Link>
		);
	return <Notice icon={good ? CircleCheckBig : Inbox} title={t(definition.empty)} action={good ? undefined : action} />;
}

export function ErrorBody({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
	return <FetchFailure error={error} onRetry={onRetry} />;
}

/** What failed is said above the last good data. */
export function ErrorStrip({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
	const { t } = useSpeech();
	const requestId = error instanceof ApiError ? error.requestId : null;
	return (
		<div className={styles.strip} role="status" data-alert="true">
			<CircleAlert size={15} aria-hidden="true" />
			<p>
				{t('state.error')}
				{requestId !== null && ` ${t('state.requestId', { id: requestId })}`}
			</p>
			<button type="button" className={controls.button} onClick={onRetry}>
				{t('state.retry')}
			</button>
		</div>
	);
}

export function PausedStrip({ waiting }: { readonly waiting: number }) {
	const { t } = useSpeech();
	return (
		<p className={styles.strip}>
			<CirclePause size={15} aria-hidden="true" />
			{t('widget.paused', { n: waiting })}
		</p>
	);
}

export function Forbidden() {
	const { t } = useSpeech();
	return <Notice icon={Lock} title={t('widget.forbidden')} />;
}

export function UnknownBody({ type, onRemove }: { readonly type: string; readonly onRemove: (() => void) | undefined }) {
	const { t } = useSpeech();
	return (
		<Notice
			icon={LayoutGrid}
			title={t('widget.unknownType', { type })}
			action={
				onRemove === undefined ? undefined : (
					<button type="button" className={controls.button} onClick={onRemove}>
						{t('widget.remove')}
					</button>
				)
			}
		/>
	);
}

export function BrokenBody({ onAgain }: { readonly onAgain: () => void }) {
	const { t } = useSpeech();
	return (
		<Notice
			icon={TriangleAlert}
			title={t('widget.broken')}
			alert
			action={
				<button type="button" className={controls.button} onClick={onAgain}>
					{t('state.retry')}
				</button>
			}
		/>
	);
}
