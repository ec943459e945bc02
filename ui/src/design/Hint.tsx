import { CircleHelp } from 'lucide-react';
import { useId, useState } from 'react';
import styles from './Hint.module.css';

/** More about what stands beside it: under the mouse, with the keyboard's focus or by a tap; Escape closes it. */
export function Hint({ label, text }: { readonly label: string; readonly text: string }) {
	const id = useId();
	const [open, setOpen] = useState(false);
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: the button inside is what one acts on; leaving the tip with the mouse closes it
		<span className={styles.hint} onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
			<button
				type="button"
				aria-label={label}
				aria-describedby={id}
				onFocus={() => setOpen(true)}
				onBlur={() => setOpen(false)}
				onClick={() => setOpen(true)}
				onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
			>
				<CircleHelp size={14} aria-hidden="true" />
			</button>
			<span id={id} role="tooltip" className={styles.tip} data-open={open}>
				{text}
			</span>
		</span>
	);
}
