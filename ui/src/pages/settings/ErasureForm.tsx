import { ArrowRight } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import controls from '../../design/controls.module.css';
import { filled } from '../../forms/filled';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { Choices } from './AccountPart';
import { Area } from './Area';
import type { Wish } from './ErasurePanel';

/** The server's limits for a reason, in characters. */
const REASON_MIN = 3;
const REASON_MAX = 2_000;

interface ErasureFormProps {
	/** What was filled in before; null: nothing. */
	readonly first: Wish | null;
	readonly onNext: (wish: Wish) => void;
}

/** The first step: what is to be erased, and why. Nothing happens yet. */
export function ErasureForm({ first, onNext }: ErasureFormProps) {
	const { t } = useSpeech();
	const [kind, setKind] = useState(first !== null && first.target.executionIds.length > 0 ? 'executions' : 'client');
	const [faults, setFaults] = useState<{ what?: string; reason?: string }>({});
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = event.currentTarget;
		const value = filled(form);
		const clientRef = value('clientRef').trim();
		const executionIds = [...new Set(value('executionIds').split(/[\s,;]+/))].filter((id) => id !== '');
		const reason = value('reason').trim();
		const missing = clientRef === '' && executionIds.length === 0;
		const wrong = {
			...(missing ? { what: t('erase.whatMissing') } : {}),
			...(reason.length < REASON_MIN || reason.length > REASON_MAX ? { reason: t('fault.reason') } : {}),
		};
		setFaults(wrong);
		if (Object.keys(wrong).length === 0) onNext({ target: { clientRef, executionIds }, reason });
		else form.querySelector<HTMLElement>(missing ? '[name=clientRef], [name=executionIds]' : '[name=reason]')?.focus();
	};
	return (
		<form
			className={`${styles.fields} ${styles.single} ${styles.narrow}`}
			data-testid="erasure-form"
			noValidate
			onSubmit={submit}
		>
			<Choices
				name="kind"
				legend={t('erase.what')}
				value={kind}
				options={[
					['client', t('erase.client')],
					['executions', t('erase.executions')],
				]}
				onChoose={setKind}
			/>
			{kind === 'client' ? (
				<Line
					name="clientRef"
					label={t('list.clientHint')}
					hint={t('erase.clientHint')}
					autoComplete="off"
					defaultValue={first?.target.clientRef ?? ''}
					fault={faults.what}
				/>
			) : (
				<Area
					name="executionIds"
					label={t('erase.ids')}
					hint={t('erase.idsHint')}
					first={first?.target.executionIds.join('\n') ?? ''}
					fault={faults.what}
				/>
			)}
			<Area
				name="reason"
				label={t('erase.reason')}
				hint={t('erase.reasonHint')}
				first={first?.reason ?? ''}
				fault={faults.reason}
			/>
			<div className={styles.actions}>
				<button type="submit" className={controls.button}>
					<ArrowRight size={15} aria-hidden="true" />
					{t('erase.next')}
				</button>
			</div>
		</form>
	);
}
