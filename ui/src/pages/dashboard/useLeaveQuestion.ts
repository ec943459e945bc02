import { useEffect, useRef, useState } from 'react';
import { useServices } from '../../app/services';

/** Marks the entry of the history that the back button takes away before the page. */
const HELD = { held: true };

/** Asks before something that is not stored is left: by whatever leads elsewhere, or by the back button. */
export function useLeaveQuestion(dirty: boolean) {
	const { leaving } = useServices();
	const [pending, setPending] = useState<(() => void) | null>(null);
	const going = useRef(false);
	useEffect(() => {
		if (!dirty) return;
		leaving.question = (go) => (going.current ? go() : setPending(() => go));
		const hold = () => history.pushState(HELD, '', location.href);
		const back = () => {
			if (going.current) return;
			hold();
			setPending(() => () => history.go(-2));
		};
		hold();
		window.addEventListener('popstate', back);
		return () => {
			leaving.question = null;
			window.removeEventListener('popstate', back);
			if (!going.current && history.state?.held === true) history.back();
		};
	}, [dirty, leaving]);
	return {
		asking: pending !== null,
		stay: () => setPending(null),
		leave: () => {
			going.current = true;
			setPending(null);
			pending?.();
		},
	};
}
