import { useQuery } from '@tanstack/react-query';
import { Bell as BellIcon, CheckCheck } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { Link } from 'wouter';
import { fetchInbox, type InboxItem, markRead } from '../api/inbox';
import controls from '../design/controls.module.css';
import { Reason } from '../design/Reason';
import { SeverityIcon } from '../design/Severity';
import { useSpeech } from '../i18n/language';
import { ActionButton } from './ActionButton';
import { AlarmChoice } from './AlarmChoice';
import styles from './Bell.module.css';
import { useTicking } from './hooks';
import { useServices } from './services';

/** The inbox is asked again this long after a change of an alert, in ms: messages follow the alert, and none comes with a frame of its own. */
const AFTER_CHANGE_MS = 1_500;
const POLL_MS = 60_000;

/** What was told in the application: how much of it is unread, and on request the newest lines. */
export function Bell() {
	const { t } = useSpeech();
	const [open, setOpen] = useState(false);
	const frame = useRef<HTMLDivElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	const id = useId();
	const { inbox, mark } = useInbox();
	const unread = inbox?.unread ?? 0;

	useEffect(() => {
		if (!open) return;
		const outside = (event: Event) => {
			if (event.target instanceof Node && !frame.current?.contains(event.target)) setOpen(false);
		};
		const onEscape = (event: KeyboardEvent) => {
			if (event.key !== 'Escape') return;
			setOpen(false);
			button.current?.focus();
		};
		document.addEventListener('pointerdown', outside);
		document.addEventListener('focusin', outside);
		document.addEventListener('keydown', onEscape);
		return () => {
			document.removeEventListener('keydown', onEscape);
			document.removeEventListener('pointerdown', outside);
			document.removeEventListener('focusin', outside);
		};
	}, [open]);

	return (
		<div ref={frame} className={styles.frame}>
			<button
				ref={button}
				type="button"
				className={styles.bell}
				data-testid="bell"
				data-unread={unread}
				title={t('inbox.title')}
				aria-expanded={open}
				aria-controls={id}
				onClick={() => setOpen(!open)}
			>
				<BellIcon size={17} aria-hidden="true" />
				<span className="visually-hidden">{t('inbox.unread', { n: unread })}</span>
				{unread > 0 && (
					<span className={styles.count} aria-hidden="true">
						{unread > 99 ? '99+' : unread}
					</span>
				)}
			</button>
			<section id={id} className={styles.panel} hidden={!open} aria-label={t('inbox.title')} data-testid="inbox">
				{open && (
					<>
						<header className={styles.head}>
							<h2>{t('inbox.title')}</h2>
							<ActionButton
								className={`${controls.button} ${controls.plain}`}
								data-testid="inbox-read-all"
								working={false}
								disabled={unread === 0}
								onClick={() => void mark(null)}
							>
								<CheckCheck size={15} aria-hidden="true" />
								{t('inbox.readAll')}
							</ActionButton>
						</header>
						{inbox !== undefined && inbox.items.length === 0 && <p className={styles.empty}>{t('inbox.empty')}</p>}
						<ul className={styles.lines}>
							{inbox?.items.map((item) => (
								<Line
									key={item.id}
									item={item}
									onOpen={() => {
										setOpen(false);
										if (!item.read) void mark([item.id]);
									}}
								/>
							))}
						</ul>
						<AlarmChoice />
					</>
				)}
			</section>
		</div>
	);
}

function useInbox() {
	const { http, alerts, queries } = useServices();
	const { data, refetch } = useQuery({
		queryKey: ['inbox'],
		queryFn: ({ signal }) => fetchInbox(http, signal),
		refetchInterval: POLL_MS,
		staleTime: 0,
	});
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const stop = alerts.listen(() => {
			timer ??= setTimeout(() => {
				timer = undefined;
				void refetch();
			}, AFTER_CHANGE_MS);
		});
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [alerts, refetch]);
	const mark = async (ids: readonly string[] | null) => {
		try {
			await markRead(http, ids);
		} finally {
			await queries.invalidateQueries({ queryKey: ['inbox'] });
		}
	};
	return { inbox: data, mark };
}

function Line({ item, onOpen }: { readonly item: InboxItem; readonly onOpen: () => void }) {
	const { t, format } = useSpeech();
	const age = useTicking((now) => format.ago(now - item.at));
	const content = (
		<>
			<span className={styles.what}>
				{t(`transition.${item.kind}`)}
				<span> · {age}</span>
				{!item.read && <b>{t('inbox.new')}</b>}
			</span>
			<span className={styles.message}>
				{item.kind === 'undelivered' ? (
					<>
						{t('inbox.undelivered', { target: item.target })} <Reason text={item.error} />
					</>
				) : (
					item.message
				)}
			</span>
		</>
	);
	return (
		<li className={styles.line} data-testid="inbox-item" data-read={item.read} data-alert-id={item.alertId}>
			<SeverityIcon severity={item.severity} />
			{item.alertId === '' || item.alertId.startsWith('test-') ? (
				<div className={styles.text}>{content}</div>
			) : (
				<Link className={styles.text} href={`/alerts/${encodeURIComponent(item.alertId)}`} onClick={onOpen}>
					{content}
				</Link>
			)}
		</li>
	);
}
