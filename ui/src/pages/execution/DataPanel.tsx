import type { ReactNode } from 'react';
import type { ExecutionDetail } from '../../api/execution';
import { Moment } from '../../design/Moment';
import { useSpeech } from '../../i18n/language';
import styles from './DataPanel.module.css';
import { Data } from './PayloadBox';

/** What else is known of an execution: in a column of its own, or as wide as the page. */
export function DataPanel({ detail, wide }: { readonly detail: ExecutionDetail; readonly wide: boolean }) {
	const { t } = useSpeech();
	const { execution: x } = detail;
	return (
		<section id="data" className={styles.panel} aria-label={t('exec.details')}>
			<h2>{t('exec.details')}</h2>
			<dl className={styles.facts} data-wide={wide || undefined}>
				<Fact name={t('list.workflow')}>{x.workflowId}</Fact>
				<Fact name={t('exec.version')}>{detail.workflowVersion}</Fact>
				<Fact name={t('exec.queued')}>{x.queuedAt !== null && <Moment at={x.queuedAt} />}</Fact>
				<Fact name={t('exec.deadline')}>{detail.deadline !== null && <Moment at={detail.deadline} />}</Fact>
				<Fact name={t('exec.attempt')}>{x.attempt > 1 && x.attempt}</Fact>
				<Fact name={t('exec.tags')}>{x.tags.length > 0 && x.tags.join(', ')}</Fact>
			</dl>
			{detail.metadata !== null && (
				<>
					<h3>{t('exec.metadata')}</h3>
					<Data title={t('exec.metadata')} json={detail.metadata} />
				</>
			)}
		</section>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	if (children === null || children === false || children === '') return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}
