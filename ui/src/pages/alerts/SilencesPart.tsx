import { useQuery } from '@tanstack/react-query';
import { AlarmClockOff, Plus, Square } from 'lucide-react';
import { useState } from 'react';
import styles from '../../alerts/alerts.module.css';
import { fetchRules } from '../../api/rules';
import { endSilence, fetchSilences, type Silence } from '../../api/silences';
import { ActionButton } from '../../app/ActionButton';
import { useRight, useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useWorkflows } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Failure } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { MuteWindows } from './MuteWindows';
import { SilenceForm } from './SilenceForm';

/** Times without messages: which there are, a new one, and the end of one. */
export function SilencesPart() {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('alerts.manage');
	const sets = useRight('settings.manage');
	const [making, setMaking] = useState(false);
	const { data, error, refetch } = useQuery({
		queryKey: ['silences'],
		queryFn: ({ signal }) => fetchSilences(http, signal),
		staleTime: 0,
	});
	return (
		<div className={styles.part}>
			<div className={parts.bar}>
				<p className={parts.lead}>{t('silences.lead')}</p>
				{may && !making && (
					<button
						type="button"
						className={`${controls.button} ${controls.primary}`}
						data-testid="silence-new"
						onClick={() => setMaking(true)}
					>
						<Plus size={16} aria-hidden="true" />
						{t('silences.new')}
					</button>
				)}
			</div>
			{making && (
				<SilenceForm
					onMade={() => {
						setMaking(false);
						void queries.invalidateQueries({ queryKey: ['silences'] });
					}}
					onCancel={() => setMaking(false)}
				/>
			)}
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('silences.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data?.length === 0 && !making && <Notice icon={AlarmClockOff} title={t('silences.none')} />}
			{data !== undefined && data.length > 0 && (
				<ul className={parts.rows}>
					{data.map((silence) => (
						<SilenceRow key={silence.id} silence={silence} />
					))}
				</ul>
			)}
			{sets && <MuteWindows />}
		</div>
	);
}

function SilenceRow({ silence }: { readonly silence: Silence }) {
	const { t, format } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('alerts.manage');
	const { working, error, send } = useSending();
	const state = useTicking((now) => (now < silence.startsAt ? 'planned' : now < silence.endsAt ? 'running' : 'over'));
	const known = (['planned', 'running', 'over'] as const).find((one) => one === state) ?? 'over';
	const about = useAbout(silence);
	return (
		<li className={`${parts.row} ${styles.silence}`} data-testid="silence-row" data-silence-id={silence.id} data-state={known}>
			<span className={parts.badges}>
				<span className={parts.badge} data-kind={known === 'running' ? 'warning' : undefined}>
					{t(`silences.${known}`)}
				</span>
			</span>
			<div className={parts.main}>
				<b>{about}</b>
				<span>{silence.reason}</span>
			</div>
			<div className={parts.main}>
				<span>{t('silences.span', { from: format.dateTime(silence.startsAt), to: format.dateTime(silence.endsAt) })}</span>
				<span className={styles.muted}>{silence.createdBy}</span>
			</div>
			{may && known !== 'over' && (
				<ActionButton
					className={controls.button}
					data-testid="silence-end"
					working={working}
					onClick={async () => {
						if (await send(() => endSilence(http, silence.id))) await queries.invalidateQueries({ queryKey: ['silences'] });
					}}
				>
					<Square size={13} aria-hidden="true" />
					{t(known === 'planned' ? 'silences.drop' : 'silences.end')}
				</ActionButton>
			)}
			<Failure error={error} />
		</li>
	);
}

/** What a silence is about, by names. */
function useAbout(silence: Silence): string {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data } = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => fetchRules(http, signal) });
	const workflows = useWorkflows();
	const rule = data?.find((one) => one.id === silence.ruleId)?.name ?? silence.ruleId;
	const workflow = workflows.find((one) => one.id === silence.workflowId)?.name ?? silence.workflowId;
	if (silence.ruleId !== '' && silence.workflowId !== '') return t('silences.aboutBoth', { rule, workflow });
	if (silence.ruleId !== '') return t('silences.aboutRule', { rule });
	return silence.workflowId === '' ? t('silences.aboutAll') : t('silences.aboutWorkflow', { workflow });
}
