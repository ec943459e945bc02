import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useSpeech } from '../i18n/language';
import controls from './controls.module.css';
import styles from './Dialog.module.css';

interface DialogProps {
	readonly title: string;
	/** It was closed, however: by its button, by Escape, or by what is in it. */
	readonly onClose: () => void;
	readonly children: ReactNode;
	readonly testId?: string;
	/** As large as the window. */
	readonly large?: boolean;
}

/** A window within the page: what is behind it waits. It is open as long as it is drawn. */
export function Dialog({ title, onClose, children, testId, large = false }: DialogProps) {
	const { t } = useSpeech();
	const dialog = useRef<HTMLDialogElement>(null);
	const heading = useId();
	useEffect(() => {
		const opener = document.activeElement;
		dialog.current?.showModal();
		return () => {
			if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
		};
	}, []);
	return (
		<dialog
			ref={dialog}
			className={large ? `${styles.dialog} ${styles.large}` : styles.dialog}
			aria-labelledby={heading}
			data-testid={testId}
			onClose={onClose}
		>
			<header className={styles.head}>
				<h2 id={heading}>{title}</h2>
				<button
					type="button"
					className={`${controls.button} ${controls.plain} ${styles.close}`}
					title={t('dialog.close')}
					onClick={() => dialog.current?.close()}
				>
					<X size={17} aria-hidden="true" />
					<span className="visually-hidden">{t('dialog.close')}</span>
				</button>
			</header>
			{children}
		</dialog>
	);
}
