import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { fetchDashboards } from '../../api/dashboards';
import { search } from '../../api/views';
import { useSpeech } from '../../i18n/language';
import { LANGUAGES } from '../../i18n/translate';
import { isPersonal } from '../../url/personal';
import { useSignal } from '../hooks';
import { useServices } from '../services';
import { THEMES } from '../theme';
import { actionEntries, dashboardEntries, type Entry, foundEntries, GROUPS, matching, pageEntries } from './entries';

/** Pause in typing after which the server is asked, in ms. */
const SETTLE_MS = 180;
/** Of each kind. */
const FOUND_MAX = 6;
/** Shorter texts find too much to be of use. */
const TEXT_MIN = 2;

interface Entries {
	/** In the order in which they are shown. */
	readonly entries: readonly Entry[];
	readonly searching: boolean;
	readonly error: unknown;
	/** The text is a number that is searched for nowhere. */
	readonly personal: boolean;
}

/** What a text leads to: parts of the page at once, what the server finds a little later. */
export function useEntries(text: string, onHelp: () => void): Entries {
	const { t } = useSpeech();
	const { http, clock, session } = useServices();
	const state = useSignal(session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	const doings = useDoings(onHelp);
	const wanted = text.trim();
	const personal = isPersonal(wanted);
	const asked = useSettled(wanted, SETTLE_MS);
	const asks = asked.length >= TEXT_MIN && !isPersonal(asked) && asked === wanted;
	const dashboards = useQuery({ queryKey: ['dashboards', 'names'], queryFn: ({ signal }) => fetchDashboards(http, signal) });
	const found = useQuery({
		queryKey: ['search', asked],
		queryFn: ({ signal }) => search(http, asked, FOUND_MAX, clock.now(), signal),
		enabled: asks,
		staleTime: 0,
		gcTime: 0,
	});
	const own = [...dashboardEntries(dashboards.data ?? []), ...pageEntries(viewer, t), ...actionEntries(viewer, doings, t)];
	const theirs = asks && found.data !== undefined ? foundEntries(found.data, asked, t) : [];
	const entries = [...theirs, ...matching(own, wanted)];
	return {
		entries: GROUPS.flatMap((group) => entries.filter((entry) => entry.group === group)),
		searching: !personal && wanted.length >= TEXT_MIN && (asked !== wanted || found.isFetching),
		error: asks ? found.error : null,
		personal,
	};
}

function useDoings(help: () => void) {
	const { feed, theme } = useServices();
	const { language, speak } = useSpeech();
	const paused = useSignal(feed.paused) !== null;
	return {
		paused,
		togglePause: () => (paused ? feed.resume() : feed.pause()),
		nextTheme: () => theme.choose(after(THEMES, theme.chosen.get())),
		nextLanguage: () => speak(after(LANGUAGES, language)),
		help,
	};
}

/** The one that follows, round and round. */
function after<T>(all: readonly T[], one: T): T {
	return all[(all.indexOf(one) + 1) % all.length] ?? one;
}

/** A value once it has stood still for a while. */
function useSettled(value: string, ms: number): string {
	const [settled, setSettled] = useState(value);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(value), ms);
		return () => clearTimeout(timer);
	}, [value, ms]);
	return settled;
}
