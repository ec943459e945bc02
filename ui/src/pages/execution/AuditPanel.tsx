import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { fetchAudit } from '../../api/audit';
import { useServices } from '../../app/services';
import { AuditRow } from '../../audit/AuditRow';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

/** Who did what about an execution, newest first. */
export default function AuditPanel({ executionId }: { readonly executionId: string }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const pages = useInfiniteQuery({
		queryKey: ['audit-of', executionId],
		queryFn: ({ pageParam, signal }) =>
			fetchAudit(http, { from: null, to: null, event: '', actor: '', object: `execution:${executionId}` }, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (last) => last.next,
		staleTime: 0,
	});
	if (pages.data === undefined) {
		return pages.error === null ? (
			<Skeleton label={t('audit.loading')} rows={4} />
		) : (
			<FetchFailure error={pages.error} onRetry={() => void pages.refetch()} />
		);
	}
	const items = pages.data.pages.flatMap((page) => page.items);
	if (items.length === 0) return <Notice icon={ScrollText} title={t('exec.noAudit')} />;
	return (
		<section className={styles.part} aria-label={t('exec.tab.audit')} data-testid="execution-audit">
			<ul className={styles.rows}>
				{items.map((item) => (
					<AuditRow key={item.id} entry={item} />
				))}
			</ul>
			<OlderButton pages={pages} />
		</section>
	);
}
