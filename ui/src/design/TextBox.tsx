import styles from './TextBox.module.css';

interface TextBoxProps {
	readonly label: string;
	readonly children: string;
}

/** A long text as it is, in a box that scrolls by itself. */
export function TextBox({ label, children }: TextBoxProps) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
		<section className={styles.box} tabIndex={0} aria-label={label}>
			{children}
		</section>
	);
}
