import { useState } from 'react';
import { changeWidgets, type Dashboard, fetchDashboard } from '../../api/dashboards';
import { ApiError } from '../../api/http';
import { useServices } from '../../app/services';
import { type Sending, useSending } from '../../forms/sending';
import type { Draft } from './draft';
import { useTakeDashboard } from './useDashboards';

export interface Saving extends Sending {
	readonly saved: boolean;
	/** Somebody else has stored a change since. */
	readonly conflict: boolean;
	readonly save: () => void;
	readonly theirs: () => void;
	readonly mine: () => void;
	readonly forget: () => void;
}

/** Stores a draft, for the version that it began with only; what to do when somebody else was faster is asked. */
export function useSaving(draft: Draft, onStored: (stored: Dashboard, sent?: Draft['widgets']) => void): Saving {
	const { http } = useServices();
	const take = useTakeDashboard();
	const sending = useSending();
	const [saved, setSaved] = useState(false);
	const { base, widgets } = draft;
	const store = async (version: number) => {
		const stored = await changeWidgets(http, base.id, widgets, version);
		onStored(stored, widgets);
		setSaved(true);
		await take(stored);
	};
	const refetch = async () => fetchDashboard(http, base.id);
	const attempt = (work: () => Promise<void>) => void sending.send(work);
	return {
		...sending,
		saved,
		conflict: sending.error instanceof ApiError && sending.error.status === 412,
		save: () => attempt(() => store(base.version)),
		mine: () => attempt(async () => store((await refetch()).version)),
		theirs: () =>
			attempt(async () => {
				const stored = await refetch();
				onStored(stored);
				await take(stored);
			}),
		forget: sending.reset,
	};
}
