import { Plus } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { ConnectionForm } from './ConnectionForm';

/** What a key is of: one of some, or a usual one. */
interface Of {
	readonly name: string;
	readonly label: string;
	readonly own: string;
	readonly all: readonly { readonly id: string; readonly name: string }[];
}

interface KeyFormProps {
	readonly testId: string;
	readonly nameHint: string;
	readonly of: Of;
	/** More fields; what is wrong with them by their names. */
	readonly children?: (faults: Readonly<Record<string, string>>) => ReactNode;
	/** of is '' for the usual one; value gives the other fields. */
	readonly make: (name: string, of: string, value: (name: string) => string) => Promise<unknown>;
	readonly onCancel: () => void;
}

/** Makes an address that holds a key. */
export function KeyForm({ testId, nameHint, of, children, make, onCancel }: KeyFormProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<ConnectionForm
			testId={testId}
			title={t('ping.new')}
			action={t('ping.create')}
			icon={Plus}
			send={(value) => make(value('name').trim(), value(of.name), value)}
			onCancel={onCancel}
		>
			{(faults) => (
				<>
					<Line
						name="name"
						label={t('ping.name')}
						hint={nameHint}
						autoComplete="off"
						required
						autoFocus
						fault={faults.name ?? faults[of.name]}
					/>
					<div className={styles.line}>
						<label htmlFor={id}>{of.label}</label>
						<select id={id} name={of.name} className={controls.select}>
							<option value="">{of.own}</option>
							{of.all.map((one) => (
								<option key={one.id} value={one.id}>
									{one.name}
								</option>
							))}
						</select>
					</div>
					{children?.(faults)}
				</>
			)}
		</ConnectionForm>
	);
}
