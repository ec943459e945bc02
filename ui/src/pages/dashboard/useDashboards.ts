import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type Dashboard, fetchDashboards } from '../../api/dashboards';
import { useServices } from '../../app/services';

const KEY = ['dashboards'];

/** All dashboards that the viewer may open. */
export function useDashboards() {
	const { http } = useServices();
	return useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchDashboards(http, signal), refetchOnWindowFocus: true });
}

/** Takes what the server answered to a change at once, and asks for the rest again. */
export function useTakeDashboard(): (changed: Dashboard | null) => Promise<void> {
	const queries = useQueryClient();
	return async (changed) => {
		if (changed !== null) {
			queries.setQueryData<readonly Dashboard[]>(KEY, (all = []) => {
				const known = all.some((one) => one.id === changed.id);
				return known ? all.map((one) => (one.id === changed.id ? changed : one)) : [...all, changed];
			});
		}
		await queries.invalidateQueries({ queryKey: KEY });
	};
}

/** The dashboard that an address means: the one of its id, or the viewer's default. */
export function chosenDashboard(all: readonly Dashboard[], id: string | undefined): Dashboard | undefined {
	if (id !== undefined) return all.find((one) => one.id === id);
	return all.find((one) => one.isDefault) ?? all.find((one) => one.isOfficeDefault) ?? all[0];
}
