import { useId, useState } from 'react';
import { createPingKey, type NewPingKey } from '../../api/pingkeys';
import { oneOf } from '../../api/read';
import type { Schedule } from '../../api/workflows';
import { useServices } from '../../app/services';
import { useWorkflows } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { folded } from '../../live/workfloworder';
import { KeyForm } from './KeyForm';

const RHYTHMS = ['none', 'daily', 'workdays', 'cron'] as const;
type Rhythm = (typeof RHYTHMS)[number];

interface PingKeyFormProps {
	readonly onMade: (key: NewPingKey) => void;
	readonly onCancel: () => void;
}

/** Makes an address for a script, and says when the script is expected. */
export function PingKeyForm({ onMade, onCancel }: PingKeyFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const workflows = useWorkflows();
	const [rhythm, setRhythm] = useState<Rhythm>('none');
	const id = useId();
	return (
		<KeyForm
			testId="ping-key-form"
			nameHint={t('ping.nameHint')}
			of={{ name: 'workflowId', label: t('ping.workflow'), own: t('ping.ofItsName'), all: workflows }}
			make={async (name, workflowId, value) => {
				const schedule = scheduleOf(rhythm, value);
				onMade(await createPingKey(http, { name, workflowId: workflowId || workflowIdOf(name), schedule }));
			}}
			onCancel={onCancel}
		>
			{(faults) => (
				<>
					<div className={styles.line}>
						<label htmlFor={id}>{t('ping.rhythm')}</label>
						<select
							id={id}
							name="rhythm"
							className={controls.select}
							value={rhythm}
							onChange={(event) => setRhythm(oneOf(event.target.value, RHYTHMS, 'none'))}
						>
							{RHYTHMS.map((one) => (
								<option key={one} value={one}>
									{t(`ping.${one}`)}
								</option>
							))}
						</select>
					</div>
					{rhythm === 'cron' && (
						<Line name="cron" label={t('ping.cron')} defaultValue="30 2 * * 1-5" required fault={faults.schedule} />
					)}
					{(rhythm === 'daily' || rhythm === 'workdays') && (
						<Line name="time" type="time" label={t('ping.time')} defaultValue="02:30" required />
					)}
					{rhythm !== 'none' && (
						<Line name="grace" type="number" min={0} max={1440} label={t('ping.grace')} defaultValue="60" required />
					)}
				</>
			)}
		</KeyForm>
	);
}

/** What was filled in, as a schedule; null: none. */
export function scheduleOf(rhythm: Rhythm, value: (name: string) => string): Schedule | null {
	if (rhythm === 'none') return null;
	const [hour, minute] = value('time').split(':').map(Number);
	const cron = rhythm === 'cron' ? value('cron').trim() : `${minute ?? 0} ${hour ?? 0} * * *`;
	return { cron, graceMinutes: Number(value('grace')), workingDaysOnly: rhythm === 'workdays' };
}

/** An id for the workflow of that name: "Kopia płac" is kopia-plac. */
export function workflowIdOf(name: string): string {
	return folded(name)
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '')
		.slice(0, 100);
}
