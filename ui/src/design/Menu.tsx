import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import controls from './controls.module.css';
import styles from './Menu.module.css';

export interface MenuItem {
	readonly key: string;
	readonly label: string;
	readonly icon: LucideIcon;
	readonly onSelect: () => void;
	readonly testId?: string;
}

interface MenuProps {
	readonly label: string;
	readonly icon: LucideIcon;
	readonly items: readonly MenuItem[];
	readonly testId?: string;
}

/** A button that opens a list of actions above everything else; a click elsewhere or Escape closes it. */
export function Menu({ label, icon: Icon, items, testId }: MenuProps) {
	const id = useId();
	const button = useRef<HTMLButtonElement>(null);
	const list = useRef<HTMLDivElement>(null);
	const [open, setOpen] = useState(false);
	useEffect(() => {
		if (!open) return;
		const close = () => list.current?.hidePopover();
		addEventListener('scroll', close, { capture: true, passive: true });
		return () => removeEventListener('scroll', close, { capture: true });
	}, [open]);
	return (
		<>
			<button
				ref={button}
				type="button"
				className={`${controls.button} ${controls.plain} ${styles.opener}`}
				popoverTarget={id}
				aria-expanded={open}
				aria-haspopup="menu"
				title={label}
				data-testid={testId}
			>
				<Icon size={16} aria-hidden="true" />
				<span className="visually-hidden">{label}</span>
			</button>
			<div
				ref={list}
				id={id}
				role="menu"
				aria-label={label}
				popover="auto"
				className={styles.list}
				onBeforeToggle={(event) =>
					event.newState === 'open' && button.current !== null && place(event.currentTarget, button.current)
				}
				onToggle={(event) => {
					setOpen(event.newState === 'open');
					if (event.newState === 'open') event.currentTarget.querySelector('button')?.focus();
				}}
				onKeyDown={moveFocus}
			>
				{items.map(({ key, label: name, icon: ItemIcon, onSelect, testId }) => (
					<button
						key={key}
						type="button"
						role="menuitem"
						className={styles.item}
						data-testid={testId}
						onClick={() => {
							list.current?.hidePopover();
							onSelect();
						}}
					>
						<ItemIcon size={15} aria-hidden="true" />
						{name}
					</button>
				))}
			</div>
		</>
	);
}

/** Room that a list needs below its button, in px. */
const ROOM = 220;

/** Puts a list at its button's right end, below or above it. */
function place(list: HTMLElement, button: HTMLElement): void {
	const box = button.getBoundingClientRect();
	const below = innerHeight - box.bottom > ROOM || box.top < ROOM;
	list.style.right = `${Math.max(8, innerWidth - box.right)}px`;
	list.style.top = below ? `${box.bottom + 4}px` : 'auto';
	list.style.bottom = below ? 'auto' : `${innerHeight - box.top + 4}px`;
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (step === undefined) return;
	event.preventDefault();
	const buttons = [...event.currentTarget.querySelectorAll('button')];
	const at = buttons.indexOf(event.target as HTMLButtonElement);
	buttons.at((at + step + buttons.length) % buttons.length)?.focus();
}
