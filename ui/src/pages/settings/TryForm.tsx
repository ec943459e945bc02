import { type FormEvent, useId, useState } from 'react';
import { type Receiver, type Trial, tryReceiver } from '../../api/integrations';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Failure, Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { ReceivedList } from './ReceivedList';

/** Says what a door would make of a body; nothing of it is stored. */
export function TryForm({ receiver }: { readonly receiver: Receiver }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [trial, setTrial] = useState<Trial | null>(null);
	const id = useId();
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const body = filled(event.currentTarget)('body');
		void send(async () => setTrial(await tryReceiver(http, receiver.door, body)));
	};
	return (
		<details className={styles.fold} data-testid="try" data-door={receiver.door}>
			<summary>{t('integrations.try', { path: receiver.path })}</summary>
			<div>
				<form className={styles.stack} onSubmit={submit}>
					<p id={`${id}-hint`} className={styles.hint}>
						{t('integrations.tryHint')}
					</p>
					<textarea
						name="body"
						rows={12}
						className={`${controls.input} ${styles.area}`}
						defaultValue={receiver.sample}
						spellCheck={false}
						aria-label={t('integrations.body')}
						aria-describedby={`${id}-hint`}
					/>
					<div className={styles.actions}>
						<ActionButton type="submit" className={controls.button} working={working}>
							{t('integrations.tryDo')}
						</ActionButton>
					</div>
					<Failure error={error} />
					<div role="status" className={styles.stack} data-testid="trial">
						{trial !== null && trial.refused !== '' && <Telling kind="bad">{trial.refused}</Telling>}
						{trial !== null && trial.refused === '' && (
							<>
								<Telling>
									{t('integrations.tried', { n: trial.total })}
									{trial.ignored > 0 && ` ${t('integrations.ignored', { n: trial.ignored })}`}
								</Telling>
								{trial.events.length > 0 && <ReceivedList events={trial.events} />}
							</>
						)}
					</div>
				</form>
			</div>
		</details>
	);
}
