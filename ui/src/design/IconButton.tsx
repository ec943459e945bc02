import type { LucideIcon } from 'lucide-react';
import controls from './controls.module.css';
import styles from './IconButton.module.css';

interface IconButtonProps {
	/** For screen readers, and as a hint. */
	readonly label: string;
	readonly icon: LucideIcon;
	readonly onClick?: () => void;
	readonly submit?: boolean;
	/** Given: it is a toggle. */
	readonly pressed?: boolean;
	readonly testId?: string;
}

/** A small button of which only the icon is drawn. */
export function IconButton({ label, icon: Icon, onClick, submit = false, pressed, testId }: IconButtonProps) {
	return (
		<button
			type={submit ? 'submit' : 'button'}
			className={`${controls.button} ${controls.plain} ${styles.icon}`}
			title={label}
			onClick={onClick}
			{...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
			{...(testId === undefined ? {} : { 'data-testid': testId })}
		>
			<Icon size={15} aria-hidden="true" />
			<span className="visually-hidden">{label}</span>
		</button>
	);
}
