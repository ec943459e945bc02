import { ChevronDown, ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { AuditEntry } from '../api/audit';
import controls from '../design/controls.module.css';
import { TextBox } from '../design/TextBox';
import styles from '../forms/parts.module.css';
import { useSpeech } from '../i18n/language';
import { isAuditEvent } from './auditevents';

/** One entry; what belongs to it opens on demand. */
export function AuditRow({ entry }: { readonly entry: AuditEntry }) {
	const { t, format } = useSpeech();
	const [open, setOpen] = useState(false);
	const id = useId();
	const Icon = open ? ChevronDown : ChevronRight;
	const what = isAuditEvent(entry.event) ? t(`event.${entry.event}`) : entry.event;
	return (
		<li className={`${styles.row} ${styles.entry}`} data-testid="audit-row" data-event={entry.event} data-id={entry.id}>
			<span className={styles.muted}>{entry.at === null ? '–' : format.dateTime(entry.at)}</span>
			<b>{what}</b>
			<span className={styles.muted}>{actorName(entry, t('audit.system'), t('audit.erasedName'))}</span>
			<button
				type="button"
				className={`${controls.button} ${controls.plain}`}
				aria-expanded={open}
				aria-controls={id}
				onClick={() => setOpen(!open)}
			>
				<Icon size={15} aria-hidden="true" />
				{t('audit.details')}
				<span className="visually-hidden">: {what}</span>
			</button>
			<div id={id} className={styles.opened} hidden={!open}>
				{open && <Details entry={entry} />}
			</div>
		</li>
	);
}

function actorName({ actor, erased }: AuditEntry, system: string, gone: string): string {
	if (actor.type === 'system') return system;
	return actor.name || (erased ? `${gone} #${actor.id}` : actor.id);
}

function Details({ entry }: { readonly entry: AuditEntry }) {
	const { t } = useSpeech();
	const facts = [
		[t('audit.eventName'), entry.event],
		[t('audit.object'), [entry.objectType, entry.objectId].filter((part) => part !== '').join(': ')],
		[t('audit.ip'), entry.ip],
		[t('audit.number'), String(entry.seq)],
		[t('audit.hash'), entry.hash],
	].filter(([, value]) => value !== '');
	return (
		<>
			<dl className={styles.facts}>
				{facts.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
			{entry.erased && <p className={styles.muted}>{t('audit.erased')}</p>}
			{entry.details !== null && <TextBox label={t('audit.details')}>{JSON.stringify(entry.details, null, 2)}</TextBox>}
		</>
	);
}
