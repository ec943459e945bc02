import { type FocusEvent, useRef, useState } from 'react';

/** Whether somebody points at a list or has the focus in it: then its rows keep still. */
export function useHold() {
	const reasons = useRef({ pointer: false, focus: false });
	const [held, setHeld] = useState(false);
	const hold = (change: Partial<typeof reasons.current>) => {
		Object.assign(reasons.current, change);
		setHeld(reasons.current.pointer || reasons.current.focus);
	};
	return {
		held,
		handlers: {
			onPointerEnter: () => hold({ pointer: true }),
			onPointerLeave: () => hold({ pointer: false }),
			// A click leaves the focus behind, too; whether somebody still looks there the pointer says.
			onFocus: (event: FocusEvent) => hold({ focus: event.target.matches(':focus-visible') }),
			onBlur: (event: FocusEvent) => {
				if (!event.currentTarget.contains(event.relatedTarget)) hold({ focus: false });
			},
		},
	};
}
