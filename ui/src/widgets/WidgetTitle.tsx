import { LayoutGrid } from 'lucide-react';
import { Link } from 'wouter';
import styles from './WidgetFrame.module.css';
import type { WidgetDefinition } from './widget';

interface WidgetTitleProps {
	readonly title: string;
	readonly definition: WidgetDefinition | undefined;
	/** Undefined: it leads nowhere. */
	readonly href: string | undefined;
}

export function WidgetTitle({ title, definition, href }: WidgetTitleProps) {
	const Icon = definition?.icon ?? LayoutGrid;
	return (
		<h2 className={styles.title} title={title}>
			<Icon size={15} aria-hidden="true" />
			{href === undefined ? <span>{title}</span> : <Link href={href}>{title}</Link>}
		</h2>
	);
}
