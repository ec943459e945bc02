import { useEffect } from 'react';

/**
 * Hands over the key that an address of the page carries behind '#', now and whenever another comes. A key is spent once:
 * it must not stay in the address nor in the history.
 */
export function useKeyOfAddress(path: string, take: (hash: string) => void): void {
	useEffect(() => {
		const look = () => {
			const { hash } = location;
			if (location.pathname !== path || !hash.includes('key=')) return;
			history.replaceState(history.state, '', location.pathname + location.search);
			take(hash);
		};
		look();
		addEventListener('hashchange', look);
		return () => removeEventListener('hashchange', look);
	}, [path, take]);
}
