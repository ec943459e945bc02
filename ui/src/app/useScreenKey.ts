import { useEffect, useState } from 'react';
import { useServices } from './services';

/** Where a browser stands that was given the key of a shared dashboard. */
export type ScreenEntry = 'open' | 'entering' | 'refused';

/** Spends the key that the address of a screen carries behind '#': it does not stay there, where everybody could read it. */
export function useScreenKey(screen: string | null): ScreenEntry {
	const { session } = useServices();
	const [entry, setEntry] = useState<ScreenEntry>(() => (screen !== null && keyOfAddress() !== '' ? 'entering' : 'open'));
	useEffect(() => {
		if (screen === null) return;
		const enter = async () => {
			const key = keyOfAddress();
			if (key === '') return;
			history.replaceState(history.state, '', location.pathname + location.search);
			setEntry('entering');
			const failure = await session.enterScreen(key);
			setEntry(failure === null ? 'open' : 'refused');
		};
		void enter();
		const again = () => void enter();
		addEventListener('hashchange', again);
		return () => removeEventListener('hashchange', again);
	}, [session, screen]);
	return entry;
}

function keyOfAddress(): string {
	return decodeURIComponent(location.hash.slice(1));
}
