import { useQuery } from '@tanstack/react-query';
import { ExternalLink, FileArchive } from 'lucide-react';
import type { ExecutionDetail } from '../../api/execution';
import { object, optionalText, readJson } from '../../api/read';
import { engineAddress, fetchWorkflowNote } from '../../api/workflownote';
import { useRight } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { PriorityWish, WishMark } from '../../queue/PriorityWish';
import styles from './ExecutionHeader.module.css';

interface HeaderActionsProps {
	readonly detail: ExecutionDetail;
	/** Called when something was done that changes the execution. */
	readonly onChange: () => void;
}

/** What can be done about an execution, and what the office noted for whoever has to. */
export function HeaderActions({ detail, onChange }: HeaderActionsProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const proves = useRight('evidence.export');
	const { execution: x } = detail;
	const { data: note } = useQuery({
		queryKey: ['workflow-note', x.workflowId],
		queryFn: ({ signal }) => fetchWorkflowNote(http, x.workflowId, signal),
		staleTime: 60_000,
	});
	const externalId = optionalText(object(readJson(detail.metadata ?? 'null')).externalId);
	const address = note === undefined ? null : engineAddress(note, x.id, externalId);
	const { priorityWish: wish } = detail;
	const queued = x.status === 'pending' || wish !== null;
	const noted = note !== undefined && (note.owner !== '' || note.instruction !== '');
	return (
		<>
			{(queued || address !== null || proves) && (
				<div className={styles.actions}>
					{x.status === 'pending' ? (
						<PriorityWish queued={{ execution: x, position: 0, boost: null, forbiddenBy: null, wish }} onSettled={onChange} />
					) : (
						wish !== null && <WishMark wish={wish} />
					)}
					{address !== null && (
						<a className={controls.button} href={address} target="_blank" rel="noreferrer" data-testid="engine-link">
							<ExternalLink size={15} aria-hidden="true" />
							{t('exec.openInEngine')}
						</a>
					)}
					{proves && (
						<a
							className={controls.button}
							href={`/api/monitoring/executions/${encodeURIComponent(x.id)}/evidence`}
							download
							data-testid="evidence"
						>
							<FileArchive size={15} aria-hidden="true" />
							{t('exec.evidence')}
						</a>
					)}
				</div>
			)}
			{noted && (
				<dl className={styles.note} data-testid="workflow-note">
					{note.owner !== '' && (
						<div>
							<dt>{t('exec.owner')}</dt>
							<dd>{note.owner}</dd>
						</div>
					)}
					{note.instruction !== '' && (
						<div>
							<dt>{t('exec.instruction')}</dt>
							<dd>{note.instruction}</dd>
						</div>
					)}
				</dl>
			)}
		</>
	);
}
