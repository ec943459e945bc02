import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

interface NumbersProps {
	readonly values: readonly (readonly [name: string, value: number])[];
	/** What is said when all of them are 0. */
	readonly nothing: string;
}

/** Counts of what went, those that are 0 left out. */
export function Numbers({ values, nothing }: NumbersProps) {
	const { format } = useSpeech();
	const some = values.filter(([, value]) => value > 0);
	if (some.length === 0) return <p className={styles.muted}>{nothing}</p>;
	return (
		<dl className={styles.numbers}>
			{some.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{format.number(value)}</dd>
				</div>
			))}
		</dl>
	);
}
