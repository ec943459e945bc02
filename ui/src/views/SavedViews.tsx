import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark, Save } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fetchViews, type SavedView, saveView, type ViewPage } from '../api/views';
import { ActionButton } from '../app/ActionButton';
import { useRight } from '../app/hooks';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { FetchFailure } from '../design/Notice';
import { Popup } from '../design/Popup';
import { Skeleton } from '../design/Skeleton';
import { filled } from '../forms/filled';
import { Line } from '../forms/Line';
import { Failure } from '../forms/Outcome';
import { useFieldFaults, useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import { ViewRow } from './ViewRow';
import styles from './views.module.css';

interface SavedViewsProps {
	readonly page: ViewPage;
	readonly query: string;
}

/** The filters of a page that somebody kept: one's own and the office's. */
export function SavedViews({ page, query }: SavedViewsProps) {
	const { t } = useSpeech();
	return (
		<Popup label={t('views.title')} icon={Bookmark} testId="views">
			<Panel page={page} query={query} />
		</Popup>
	);
}

function Panel({ page, query }: SavedViewsProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const queries = useQueryClient();
	const owns = useRight('views.own');
	const key = ['views', page];
	const { data, error, refetch } = useQuery({
		queryKey: key,
		queryFn: ({ signal }) => fetchViews(http, page, signal),
		staleTime: 0,
	});
	const changed = () => queries.invalidateQueries({ queryKey: key });
	return (
		<>
			<h2>{t('views.title')}</h2>
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('views.loading')} rows={2} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data !== undefined && <List views={data} query={query} onChanged={changed} />}
			{owns && <SaveForm page={page} query={query} onSaved={changed} />}
		</>
	);
}

interface ListProps {
	readonly views: readonly SavedView[];
	readonly query: string;
	readonly onChanged: () => Promise<void>;
}

function List({ views, query, onChanged }: ListProps) {
	const { t } = useSpeech();
	if (views.length === 0) return <p className={styles.muted}>{t('views.none')}</p>;
	return (
		<ul className={styles.list}>
			{views.map((view) => (
				<ViewRow key={view.id} view={view} current={sameQuery(view.query, query)} query={query} onChanged={onChanged} />
			))}
		</ul>
	);
}

/** Whether two query strings ask for the same, whatever their order. */
export function sameQuery(a: string, b: string): boolean {
	const sorted = (query: string) => {
		const params = new URLSearchParams(query);
		params.sort();
		return params.toString();
	};
	return sorted(a) === sorted(b);
}

interface SaveFormProps extends SavedViewsProps {
	readonly onSaved: () => Promise<void>;
}

/** Keeps what the page shows now under a name. */
function SaveForm({ page, query, onSaved }: SaveFormProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const shares = useRight('views.share');
	const [made, setMade] = useState(0);
	const { working, error, send } = useSending();
	const faults = useFieldFaults(error);
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const value = filled(event.currentTarget);
		void send(async () => {
			await saveView(http, { page, query, name: value('name').trim(), shared: value('shared') !== '' });
			setMade((n) => n + 1);
			await onSaved();
		});
	};
	return (
		<form key={made} className={styles.form} data-testid="view-form" noValidate onSubmit={submit}>
			<Line
				name="name"
				label={t('views.name')}
				autoComplete="off"
				required
				fault={faults.name === undefined ? undefined : t('views.fault')}
			/>
			{shares && (
				<label className={styles.check}>
					<input type="checkbox" name="shared" />
					{t('views.forOffice')}
				</label>
			)}
			<Failure error={error} />
			<ActionButton type="submit" className={`${controls.button} ${controls.primary}`} working={working}>
				<Save size={15} aria-hidden="true" />
				{t('views.save')}
			</ActionButton>
		</form>
	);
}
