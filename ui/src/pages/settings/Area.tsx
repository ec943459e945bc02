import { useId } from 'react';
import controls from '../../design/controls.module.css';
import { Fault } from '../../forms/Line';
import styles from '../../forms/parts.module.css';

interface AreaProps {
	readonly name: string;
	readonly label: string;
	readonly hint: string;
	readonly first: string;
	readonly fault: string | undefined;
}

/** A labelled text of several lines to fill in, with what is wrong with it. */
export function Area({ name, label, hint, first, fault }: AreaProps) {
	const id = useId();
	return (
		<div className={styles.line}>
			<label htmlFor={id}>{label}</label>
			<textarea
				id={id}
				name={name}
				className={`${controls.input} ${styles.area}`}
				defaultValue={first}
				spellCheck={false}
				aria-invalid={fault !== undefined}
				aria-describedby={`${id}-hint ${id}-fault`}
			/>
			<Fault id={`${id}-fault`} text={fault} />
			<span id={`${id}-hint`} className={styles.hint}>
				{hint}
			</span>
		</div>
	);
}
