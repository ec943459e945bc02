import { type InputHTMLAttributes, useId } from 'react';
import controls from '../../design/controls.module.css';
import styles from './LoginPage.module.css';

interface FieldProps
	extends Pick<
		InputHTMLAttributes<HTMLInputElement>,
		'autoComplete' | 'inputMode' | 'minLength' | 'required' | 'type' | 'autoFocus'
	> {
	readonly name: string;
	readonly label: string;
	readonly hint?: string;
}

/** A labelled line to fill in. */
export function Field({ name, label, hint, ...input }: FieldProps) {
	const hintId = useId();
	return (
		<label className={controls.field}>
			{label}
			<input
				className={controls.input}
				name={name}
				spellCheck={false}
				autoCapitalize="none"
				{...input}
				{...(hint === undefined ? {} : { 'aria-describedby': hintId })}
			/>
			{hint !== undefined && (
				<span id={hintId} className={styles.hint}>
					{hint}
				</span>
			)}
		</label>
	);
}
