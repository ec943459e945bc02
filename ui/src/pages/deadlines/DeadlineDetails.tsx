import { FileArchive } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Deadline, type Forecast, fetchEvidence } from '../../api/deadlines';
import { ActionButton } from '../../app/ActionButton';
import { useDueWords } from '../../app/duewords';
import { useRight } from '../../app/hooks';
import { saveFile } from '../../app/savefile';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Failure, Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { ClientMatrix } from './ClientMatrix';
import styles from './deadlines.module.css';

interface DeadlineDetailsProps {
	readonly deadline: Deadline;
	/** Only about that client; '' about all. */
	readonly client: string;
}

/** All about one obligation: its days, the forecast, the clients, proofs. */
export function DeadlineDetails({ deadline: one, client }: DeadlineDetailsProps) {
	const { t } = useSpeech();
	const words = useDueWords();
	const proves = useRight('evidence.export');
	return (
		<>
			{!one.confirmed && (
				<Telling kind="warning">
					{t('due.templateLong')} <Link href={`/deadlines/rules/${encodeURIComponent(one.rule)}`}>{t('due.toRule')}</Link>
				</Telling>
			)}
			<dl className={parts.facts}>
				<Fact name={t('due.nominal')}>{words.date(one.nominal)}</Fact>
				<Fact name={t('due.due')}>
					{words.date(one.due)}
					{one.shifted && ` – ${t(one.offReason === null ? 'due.off.other' : `due.off.${one.offReason}`)}`}
				</Fact>
				<Fact name={t('due.doBy')}>{words.date(one.actBy)}</Fact>
				<Fact name={t('due.forecast')}>
					<ForecastWords forecast={one.forecast} />
				</Fact>
				{one.clientRules > 0 && <Fact name={t('due.exceptions')}>{t('due.clientRules', { n: one.clientRules })}</Fact>}
				<Fact name={t('due.rule')}>
					<Link href={`/deadlines/rules/${encodeURIComponent(one.rule)}`}>{one.rule}</Link>
				</Fact>
			</dl>
			<ClientMatrix deadline={one} client={client} />
			{proves && <Evidence deadline={one} client={client} />}
		</>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function ForecastWords({ forecast }: { readonly forecast: Forecast }) {
	const { t, format } = useSpeech();
	const reason = t(`due.reason.${forecast.reason}`);
	return (
		<span className={styles.forecast} data-state={forecast.state}>
			{t(`due.forecast.${forecast.state}`)}
			<span className={styles.muted}> – {reason}</span>
			{forecast.expectedAt !== null && (
				<span className={styles.muted}> {t('due.expected', { time: format.dateTime(forecast.expectedAt) })}</span>
			)}
		</span>
	);
}

/** The pack for an inspection. */
function Evidence({ deadline, client }: DeadlineDetailsProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [name, setName] = useState<string | null>(null);
	const take = () =>
		send(async () => {
			const pack = await fetchEvidence(http, deadline, client);
			saveFile(pack.file, pack.name);
			setName(pack.name);
		});
	return (
		<div className={parts.stack}>
			<div className={parts.actions}>
				<ActionButton className={controls.button} working={working} data-testid="due-evidence" onClick={() => void take()}>
					<FileArchive size={15} aria-hidden="true" />
					{t(working ? 'due.evidenceMaking' : 'due.evidence')}
				</ActionButton>
				<span className={parts.hint}>{t('due.evidenceHint')}</span>
			</div>
			<Failure error={error} />
			<div role="status">{name !== null && error === null && <Telling>{t('due.evidenceMade', { name })}</Telling>}</div>
		</div>
	);
}
