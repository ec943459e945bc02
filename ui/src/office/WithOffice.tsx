import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fetchOffice } from '../api/office';
import { useServices } from '../app/services';
import { FetchFailure } from '../design/Notice';
import { Skeleton } from '../design/Skeleton';
import { useHeld } from '../forms/useHeld';
import { useSpeech } from '../i18n/language';
import type { OfficeState } from './OfficeFields';

const KEY = ['office'];

/** Fetches what the office has set, for the forms that change it: they go on from what they began with. */
export function WithOffice({ children }: { readonly children: (office: OfficeState) => ReactNode }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const client = useQueryClient();
	const query = useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => fetchOffice(http, signal),
		staleTime: 0,
		refetchOnMount: 'always',
	});
	const { error, refetch } = query;
	const { value, generation, keep, renew } = useHeld(query);
	if (value === undefined) {
		return error === null ? (
			<Skeleton label={t('data.loading')} rows={3} />
		) : (
			<FetchFailure error={error} onRetry={() => void refetch()} />
		);
	}
	return (
		<div key={generation}>
			{children({
				settings: value,
				onSaved: (saved) => {
					keep(saved);
					client.setQueryData(KEY, saved);
				},
				onStale: renew,
			})}
		</div>
	);
}
