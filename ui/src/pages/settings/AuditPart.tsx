import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Download, ScrollText, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { type AuditFilter, auditExportPath, fetchAudit, type Verdict, verifyAudit } from '../../api/audit';
import { fetchUsers } from '../../api/users';
import { ActionButton } from '../../app/ActionButton';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { mayUse } from '../../app/settings';
import { AuditRow } from '../../audit/AuditRow';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { Failure, Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { AuditFilterBar, type Who } from './AuditFilterBar';
import { useAuditFilter } from './useAuditFilter';

/** Who did what: filtered, verified, exported. */
export function AuditPart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { filter, narrow } = useAuditFilter();
	const pages = useInfiniteQuery({
		queryKey: ['audit', filter],
		queryFn: ({ pageParam, signal }) => fetchAudit(http, filter, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (last) => last.next,
		staleTime: 0,
	});
	const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
	const people = usePeople(items.map((item) => item.actor));
	return (
		<div className={styles.part}>
			<div className={styles.bar}>
				<h2>{t('settings.audit')}</h2>
				<Exports filter={filter} />
			</div>
			<Proof />
			<AuditFilterBar filter={filter} people={people} onChange={narrow} />
			{pages.data === undefined &&
				(pages.error === null ? (
					<Skeleton label={t('audit.loading')} rows={6} />
				) : (
					<FetchFailure error={pages.error} onRetry={() => void pages.refetch()} />
				))}
			{pages.data !== undefined && items.length === 0 && !pages.hasNextPage && (
				<Notice icon={ScrollText} title={t('audit.none')} />
			)}
			{items.length > 0 && (
				<ul className={styles.rows}>
					{items.map((item) => (
						<AuditRow key={item.id} entry={item} />
					))}
				</ul>
			)}
			<OlderButton pages={pages} />
		</div>
	);
}

/** Who can be asked for: those in sight, and all people where the viewer may list them. */
function usePeople(seen: readonly Who[]): readonly Who[] {
	const { http, session } = useServices();
	const state = useSignal(session.state);
	const allowed = mayUse('users', state.phase === 'in' ? state.viewer : null);
	const { data } = useQuery({
		queryKey: ['users'],
		queryFn: ({ signal }) => fetchUsers(http, signal),
		enabled: allowed,
	});
	const known = new Map<string, Who>();
	for (const { id, name } of [...(data ?? []), ...seen]) if (id !== '' && !known.has(id)) known.set(id, { id, name });
	return [...known.values()].sort((a, b) => a.name.localeCompare(b.name, 'pl'));
}

function Exports({ filter }: { readonly filter: AuditFilter }) {
	const { t, language } = useSpeech();
	const locale = language === 'pl' ? 'pl' : 'C';
	return (
		<div className={styles.actions}>
			{(['csv', 'json'] as const).map((format) => (
				<a
					key={format}
					className={controls.button}
					href={auditExportPath(filter, format, locale)}
					download={`audit.${format}`}
					data-testid="export"
					data-format={format}
				>
					<Download size={15} aria-hidden="true" />
					{t('audit.export', { format: format.toUpperCase() })}
				</a>
			))}
		</div>
	);
}

/** Checks the chain of hashes, and says in words what came of it. */
function Proof() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [verdict, setVerdict] = useState<Verdict | null>(null);
	return (
		<section className={styles.card} aria-labelledby="proof">
			<div className={styles.bar}>
				<div className={styles.main}>
					<h2 id="proof">{t('audit.proof')}</h2>
					<p className={styles.lead}>{t('audit.proofHint')}</p>
				</div>
				<ActionButton
					className={controls.button}
					working={working}
					data-testid="audit-verify"
					onClick={() => void send(async () => setVerdict(await verifyAudit(http)))}
				>
					<ShieldCheck size={15} aria-hidden="true" />
					{t(working ? 'audit.verifying' : 'audit.verify')}
				</ActionButton>
			</div>
			<Failure error={error} />
			<div role="status">{verdict !== null && error === null && <Judgement verdict={verdict} />}</div>
		</section>
	);
}

function Judgement({ verdict }: { readonly verdict: Verdict }) {
	const { t } = useSpeech();
	const { ok, checked, dropped, erased, firstBroken, head } = verdict;
	return (
		<div className={styles.stack} data-testid="audit-verdict" data-ok={ok} data-checked={checked}>
			<Telling kind={ok ? 'done' : 'bad'}>
				<p>{ok ? t('audit.ok', { n: checked }) : t('audit.broken', { entry: firstBroken ?? '?' })}</p>
				{dropped > 0 && <p>{t('audit.dropped', { n: dropped })}</p>}
				{erased > 0 && <p>{t('audit.erasedCount', { n: erased })}</p>}
			</Telling>
			{head !== '' && (
				<div className={styles.line}>
					<span className={styles.hint}>{t('audit.head')}</span>
					<code className={styles.secret}>{head}</code>
					<CopyButton label={t('audit.copyHead')} text={() => head} />
				</div>
			)}
		</div>
	);
}
