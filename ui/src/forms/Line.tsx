import { type InputHTMLAttributes, useId } from 'react';
import controls from '../design/controls.module.css';
import styles from './parts.module.css';

interface LineProps
	extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'className' | 'aria-describedby' | 'aria-invalid'> {
	readonly name: string;
	readonly label: string;
	readonly hint?: string;
	readonly fault?: string | undefined;
	/** Takes the whole width of the form. */
	readonly wide?: boolean;
}

/** A labelled line to fill in, with what is wrong with it. */
export function Line({ label, hint, fault, wide = false, ...input }: LineProps) {
	const id = useId();
	const about = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean).join(' ');
	return (
		<div className={styles.line} {...(wide ? { 'data-wide': '' } : {})}>
			<label htmlFor={id}>{label}</label>
			<input
				spellCheck={false}
				autoCapitalize="none"
				{...input}
				id={id}
				className={controls.input}
				aria-invalid={fault !== undefined}
				{...(about === '' ? {} : { 'aria-describedby': about })}
			/>
			<Fault id={`${id}-fault`} text={fault} />
			{hint !== undefined && (
				<span id={`${id}-hint`} className={styles.hint}>
					{hint}
				</span>
			)}
		</div>
	);
}

/** What is wrong with a field, said where it stands. */
export function Fault({ id, text }: { readonly id: string; readonly text: string | undefined }) {
	if (text === undefined) return null;
	return (
		<span id={id} className={styles.error} data-testid="field-error">
			{text}
		</span>
	);
}
