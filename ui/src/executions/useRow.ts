import { useCallback, useSyncExternalStore } from 'react';
import type { Execution } from '../api/execution';
import type { Rows } from '../live/rows';

/** One row's state; the component is drawn anew only when this row changes. */
export function useRow(rows: Rows, id: string): Execution | undefined {
	const subscribe = useCallback((listener: () => void) => rows.subscribe(id, listener), [rows, id]);
	return useSyncExternalStore(subscribe, () => rows.get(id));
}
