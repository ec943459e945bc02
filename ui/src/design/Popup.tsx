import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import controls from './controls.module.css';
import styles from './Popup.module.css';

interface PopupProps {
	readonly label: string;
	readonly icon: LucideIcon;
	readonly testId: string;
	readonly children: ReactNode;
}

/** A button that opens a small panel above everything else; a click elsewhere or Escape closes it. */
export function Popup({ label, icon: Icon, testId, children }: PopupProps) {
	const id = useId();
	const button = useRef<HTMLButtonElement>(null);
	const [open, setOpen] = useState(false);
	return (
		<>
			<button ref={button} type="button" className={controls.button} popoverTarget={id} aria-expanded={open} data-testid={testId}>
				<Icon size={15} aria-hidden="true" />
				{label}
			</button>
			<div
				id={id}
				role="dialog"
				aria-label={label}
				popover="auto"
				className={styles.panel}
				onBeforeToggle={(event) =>
					event.newState === 'open' && button.current !== null && place(event.currentTarget, button.current)
				}
				onToggle={(event) => setOpen(event.newState === 'open')}
			>
				{open && children}
			</div>
		</>
	);
}

/** Widest that a panel gets, in px, as its style sheet says. */
const WIDTH = 380;
const MARGIN = 8;

/** Puts a panel below its button, within the window. */
function place(panel: HTMLElement, button: HTMLElement): void {
	const box = button.getBoundingClientRect();
	const width = Math.min(WIDTH, innerWidth - 2 * MARGIN);
	panel.style.left = `${Math.max(MARGIN, Math.min(box.left, innerWidth - width - MARGIN))}px`;
	panel.style.top = `${box.bottom + 4}px`;
	panel.style.maxHeight = `${innerHeight - box.bottom - 4 - MARGIN}px`;
}
