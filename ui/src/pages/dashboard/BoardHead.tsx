import { Pencil } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import type { Dashboard } from '../../api/dashboards';
import { useRight } from '../../app/hooks';
import { WorkflowOptions } from '../../app/WorkflowSelect';
import controls from '../../design/controls.module.css';
import { useSpeech } from '../../i18n/language';
import { BOARD_RANGES, type BoardQuery, serializeBoardQuery } from '../../url/boardquery';
import type { RangeName } from '../../url/range';
import { BoardMenu } from './BoardMenu';
import { BoardSwitch } from './BoardSwitch';
import { DefaultButton } from './DefaultButton';
import styles from './dashboard.module.css';

interface BoardHeadProps {
	readonly all: readonly Dashboard[];
	readonly dashboard: Dashboard;
	readonly query: BoardQuery;
	readonly onQuery: (change: Partial<BoardQuery>) => void;
}

/** Which dashboard it is, to what it is narrowed, and what can be done with it. */
export function BoardHead({ all, dashboard, query, onQuery }: BoardHeadProps) {
	const { t } = useSpeech();
	const [, navigate] = useLocation();
	const mayOwn = useRight('dashboards.own');
	const kept = serializeBoardQuery({ ...query, widget: null }, window.location.search);
	const suffix = kept === '' ? '' : `?${kept}`;
	return (
		<header className={styles.head}>
			<BoardSwitch all={all} dashboard={dashboard} onGo={(id) => navigate(`/d/${encodeURIComponent(id)}${suffix}`)} />
			<Narrowing query={query} onQuery={onQuery} />
			{mayOwn && (
				<div className={styles.tools}>
					<DefaultButton dashboard={dashboard} />
					<Link
						className={controls.button}
						href={`/d/${encodeURIComponent(dashboard.id)}/edit${suffix}`}
						data-testid="dashboard-edit"
						title={t('dash.edit')}
					>
						<Pencil size={15} aria-hidden="true" />
						<span className={styles.label}>{t('dash.edit')}</span>
					</Link>
					<BoardMenu dashboard={dashboard} />
				</div>
			)}
		</header>
	);
}

/** Lays a range and a workflow over what the widgets have set. */
function Narrowing({ query, onQuery }: Pick<BoardHeadProps, 'query' | 'onQuery'>) {
	const { t } = useSpeech();
	return (
		<div className={styles.narrowing}>
			<label>
				<span className="visually-hidden">{t('range.label')}</span>
				<select
					className={controls.select}
					data-testid="range"
					value={query.range ?? ''}
					onChange={(event) => onQuery({ range: (event.target.value || null) as RangeName | null })}
				>
					<option value="">{t('dash.ownRanges')}</option>
					{BOARD_RANGES.map((name) => (
						<option key={name} value={name} data-value={name}>
							{t(`range.${name}`)}
						</option>
					))}
				</select>
			</label>
			<label>
				<span className="visually-hidden">{t('list.workflow')}</span>
				<select
					className={controls.select}
					name="workflow"
					value={query.workflow ?? ''}
					onChange={(event) => onQuery({ workflow: event.target.value || null })}
				>
					<WorkflowOptions all={t('dash.ownWorkflows')} value={query.workflow ?? ''} />
				</select>
			</label>
		</div>
	);
}
