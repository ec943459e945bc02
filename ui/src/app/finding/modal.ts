import { type DialogHTMLAttributes, useLayoutEffect, useRef } from 'react';

/** A modal dialog that is open as long as it is drawn; the focus goes back to where it was. */
export function useDialog() {
	const dialog = useRef<HTMLDialogElement>(null);
	useLayoutEffect(() => {
		const one = dialog.current;
		one?.showModal();
		return () => one?.close();
	}, []);
	return dialog;
}

/** Escape and a click beside a dialog ask to close it. */
export function closing(onClose: () => void): DialogHTMLAttributes<HTMLDialogElement> {
	return {
		onCancel: (event) => {
			event.preventDefault();
			onClose();
		},
		onClick: (event) => event.target === event.currentTarget && onClose(),
	};
}
