import type { LucideIcon } from 'lucide-react';
import { type FormEvent, type ReactNode, useId } from 'react';
import { Failure, useFocusOnFault } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { SubmitRow } from '../../forms/SubmitRow';
import { useFieldFaults, useSending } from '../../forms/sending';

interface ConnectionFormProps {
	readonly testId: string;
	readonly title: string;
	/** What the button says that sends it. */
	readonly action: string;
	readonly icon: LucideIcon;
	/** The fields; what is wrong with them by their names. */
	readonly children: (faults: Readonly<Record<string, string>>) => ReactNode;
	/** value gives a field by its name, all those that have several values. */
	readonly send: (value: (name: string) => string, all: (name: string) => string[]) => Promise<unknown>;
	readonly onCancel: () => void;
	/** Begins anew with what is stored; absent: nothing is there that others change. */
	readonly onStale?: () => void;
}

/** A form on a card of its own that makes or changes what connects a program. */
export function ConnectionForm({ testId, title, action, icon: Icon, children, send, onCancel, onStale }: ConnectionFormProps) {
	const sending = useSending();
	const form = useFocusOnFault(sending.error);
	const faults = useFieldFaults(sending.error);
	const id = useId();
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const data = new FormData(event.currentTarget);
		const all = (name: string) => data.getAll(name).map(String);
		void sending.send(() => send((name) => all(name)[0] ?? '', all));
	};
	return (
		<section className={`${styles.card} ${styles.narrow}`} aria-labelledby={id}>
			<h2 id={id}>{title}</h2>
			<form ref={form} className={styles.fields} data-testid={testId} onSubmit={submit}>
				{children(faults)}
				<div className={styles.stack} data-wide="">
					<Failure error={sending.error} {...(onStale === undefined ? {} : { onStale })} />
					<SubmitRow icon={Icon} label={action} working={sending.working} onCancel={onCancel} />
				</div>
			</form>
		</section>
	);
}
