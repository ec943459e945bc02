import type { ReactNode } from 'react';
import type { Workflow } from '../../api/workflows';
import { scheduleInWords } from '../../app/schedulewords';
import { Moment } from '../../design/Moment';
import { useSpeech } from '../../i18n/language';
import styles from './WorkflowPage.module.css';

/** What the engine declares of a workflow for people: who looks after it, what to do when it fails, and when it runs. */
export function WorkflowFacts({ workflow }: { readonly workflow: Workflow }) {
	const { t } = useSpeech();
	const { owner, instruction, executionUrl, schedule, nextRunAt, version, versionSince, tags, id } = workflow;
	return (
		<section className={`${styles.part} ${styles.card}`}>
			<h2>{t('wf.about')}</h2>
			<dl className={styles.facts}>
				<Fact name={t('wf.id')}>{id}</Fact>
				<Fact name={t('wf.owner')}>{owner}</Fact>
				<Fact name={t('wf.instruction')}>{instruction !== '' && <p className={styles.instruction}>{instruction}</p>}</Fact>
				<Fact name={t('wf.schedule')}>
					{schedule !== null && (
						<>
							{scheduleInWords(schedule.cron, t) ?? <code>{schedule.cron}</code>}
							{schedule.workingDaysOnly && `, ${t('wf.workingDays')}`}
							{schedule.graceMinutes > 0 && `, ${t('wf.grace', { n: schedule.graceMinutes })}`}
						</>
					)}
				</Fact>
				<Fact name={t('wf.nextRun')}>{nextRunAt !== null && <Moment at={nextRunAt} />}</Fact>
				<Fact name={t('wf.versionNow')}>
					{version !== '' && (
						<>
							{version}
							{versionSince !== null && (
								<>
									{` ${t('wf.since')} `}
									<Moment at={versionSince} />
								</>
							)}
						</>
					)}
				</Fact>
				{executionUrl !== '' && (
					<Fact name={t('wf.executionUrl')}>
						<code>{executionUrl}</code>
					</Fact>
				)}
				{tags.length > 0 && <Fact name={t('wf.tags')}>{tags.join(', ')}</Fact>}
			</dl>
			<p className={styles.lead}>{t('wf.declared')}</p>
		</section>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	const { t } = useSpeech();
	const known = children !== '' && children !== false;
	return (
		<div>
			<dt>{name}</dt>
			<dd>{known ? children : <span className={styles.unknownCell}>{t('wf.notGiven')}</span>}</dd>
		</div>
	);
}
