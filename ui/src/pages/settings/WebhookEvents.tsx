import { useId, useState } from 'react';
import { EVENT_KINDS, EVENTS, type EventKind } from '../../api/webhooks';
import { Fault } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { EVENT_WORDS, KIND_WORDS } from './webhookwords';

interface WebhookEventsProps {
	readonly given: readonly string[];
	readonly fault: string | undefined;
}

/** The events to choose from: all, all of a kind, or single ones. Their inputs are named "events". */
export function WebhookEvents({ given, fault }: WebhookEventsProps) {
	const { t } = useSpeech();
	const [all, setAll] = useState(given.includes('*'));
	const id = useId();
	return (
		<fieldset
			className={styles.group}
			data-wide=""
			{...(fault === undefined ? {} : { 'data-invalid': '', 'aria-describedby': id })}
		>
			<legend>{t('hooks.events')}</legend>
			<Fault id={id} text={fault} />
			<label className={styles.choice}>
				<input type="checkbox" name="events" value="*" checked={all} onChange={({ target }) => setAll(target.checked)} />
				<span>
					<b>{t('hooks.all')}</b>
				</span>
			</label>
			{!all && EVENT_KINDS.map((kind) => <Kind key={kind} kind={kind} given={given} />)}
		</fieldset>
	);
}

function Kind({ kind, given }: { readonly kind: EventKind; readonly given: readonly string[] }) {
	const { t } = useSpeech();
	const [whole, setWhole] = useState(given.includes(`${kind}.*`));
	return (
		<details className={styles.fold} open={given.some((name) => name.startsWith(`${kind}.`))}>
			<summary>{t(KIND_WORDS[kind])}</summary>
			<div className={styles.choices}>
				<label className={styles.choice}>
					<input
						type="checkbox"
						name="events"
						value={`${kind}.*`}
						checked={whole}
						onChange={({ target }) => setWhole(target.checked)}
					/>
					<span>
						<b>{t('deliveries.all')}</b>
					</span>
				</label>
				{!whole &&
					EVENTS.filter((name) => name.startsWith(`${kind}.`)).map((name) => (
						<label key={name} className={styles.choice}>
							<input type="checkbox" name="events" value={name} defaultChecked={given.includes(name)} />
							<span>{t(EVENT_WORDS[name])}</span>
						</label>
					))}
			</div>
		</details>
	);
}
