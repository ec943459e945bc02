import { useQueryClient } from '@tanstack/react-query';
import { FileCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { type Deadline, type Filing, fileDeadline } from '../../api/deadlines';
import { ApiError } from '../../api/http';
import { useServices } from '../../app/services';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import { Failure, Telling, useFocusOnFault } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';

interface FilingFormProps {
	readonly deadline: Deadline;
	/** Whose obligation it is to begin with. */
	readonly client: string;
	/** The form was asked for. */
	readonly focused: boolean;
	readonly onFiled: () => void;
}

/** Marks a client's obligation as met, with the number of the receipt. */
export function FilingForm({ deadline, client, focused, onFiled }: FilingFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const [made, setMade] = useState<Filing | null>(null);
	const { working, error, send } = useSending();
	const form = useFocusOnFault(error);
	const wrong = (name: string) => error instanceof ApiError && error.fields.some(({ location }) => location === `body.${name}`);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		const target = event.currentTarget;
		void send(async () => {
			setMade(await fileDeadline(http, deadline, value('clientRef').trim(), value('upo').trim()));
			target.reset();
			onFiled();
			await queries.invalidateQueries({ queryKey: ['deadlines'] });
		});
	};
	return (
		<form ref={form} className={parts.fields} data-testid="filing-form" noValidate onSubmit={submit}>
			<Line
				name="clientRef"
				label={t('list.client')}
				defaultValue={client}
				autoComplete="off"
				required
				autoFocus={focused}
				fault={wrong('clientRef') ? t('due.fault.client') : undefined}
			/>
			<Line
				name="upo"
				label={t('due.upo')}
				hint={t('due.upoHint')}
				autoComplete="off"
				fault={wrong('upo') ? t('due.fault.upo') : undefined}
			/>
			<div className={parts.stack} data-wide="">
				<Failure error={error} />
				<div role="status">
					{made !== null && error === null && <Telling testId="filed">{t('due.filedNow', { client: made.client })}</Telling>}
				</div>
				<SubmitRow icon={FileCheck} label={t('due.markFiled')} working={working}>
					<span className={parts.hint}>{t('due.markHint')}</span>
				</SubmitRow>
			</div>
		</form>
	);
}
