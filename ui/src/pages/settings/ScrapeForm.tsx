import { useId, useState } from 'react';
import { oneOf } from '../../api/read';
import type { ScrapeSetting } from '../../api/scrapes';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { type FaultOf, OfficeFields, type OfficeState } from '../../office/OfficeFields';
import { Metrics } from './ScrapeMetrics';
import { faultsIn, type MetricRow, nextId, PRESET_NAMES, PRESETS, rowsOf, scrapeOf } from './scrapedraft';

const INTERVAL_S = 30;

interface ScrapeFormProps extends OfficeState {
	/** Its place among those that are set; one after the last: a new one. */
	readonly place: number;
	readonly onDone: () => void;
	readonly onCancel: () => void;
}

/** Makes or changes from where metrics are read, and what becomes of them. */
export function ScrapeForm({ place, onDone, onCancel, ...state }: ScrapeFormProps) {
	const { t } = useSpeech();
	const { scrapes } = state.settings;
	const [first] = useState(scrapes[place]);
	const [rows, setRows] = useState<readonly MetricRow[]>(() => rowsOf(first?.metrics ?? PRESETS.postgres));
	const [sent, setSent] = useState<ScrapeSetting | null>(null);
	return (
		<OfficeFields
			{...state}
			testId="scrape-form"
			changeOf={(value) => {
				const next = scrapeOf(value, rows);
				setSent(next);
				return { scrapes: scrapes.toSpliced(place, 1, next) };
			}}
			onSaved={(settings) => {
				state.onSaved(settings);
				onDone();
			}}
			actions={
				<button type="button" className={controls.button} onClick={onCancel}>
					{t('act.cancel')}
				</button>
			}
		>
			{(faultAt) => {
				const fault = faultsIn(faultAt, place, sent);
				return (
					<>
						<Where first={first} fault={fault} />
						{first === undefined && <Preset choose={(metrics) => setRows(rowsOf(metrics, nextId(rows)))} />}
						<Metrics rows={rows} setRows={setRows} fault={fault} />
					</>
				);
			}}
		</OfficeFields>
	);
}

interface WhereProps {
	readonly first: ScrapeSetting | undefined;
	readonly fault: FaultOf;
}

/** From where, and how often. */
function Where({ first, fault }: WhereProps) {
	const { t } = useSpeech();
	return (
		<>
			<Line
				name="name"
				label={t('ping.name')}
				hint={t('scrapes.nameHint')}
				defaultValue={first?.name}
				autoComplete="off"
				autoFocus={first === undefined}
				fault={fault('name')}
			/>
			<Line
				name="intervalSeconds"
				type="number"
				min={10}
				max={3600}
				label={t('scrapes.interval')}
				defaultValue={first?.intervalSeconds ?? INTERVAL_S}
				fault={fault('intervalSeconds')}
			/>
			<Line
				name="url"
				label={t('ping.address')}
				hint={t('scrapes.urlHint')}
				defaultValue={first?.url}
				inputMode="url"
				autoComplete="off"
				wide
				fault={fault('url')}
			/>
		</>
	);
}

/** Fills in what a well-known program exposes. */
function Preset({ choose }: { readonly choose: (metrics: (typeof PRESETS)['other']) => void }) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<div className={styles.line} data-wide="">
			<label htmlFor={id}>{t('scrapes.preset')}</label>
			<select
				id={id}
				name="preset"
				className={controls.select}
				onChange={({ target }) => choose(PRESETS[oneOf(target.value, PRESET_NAMES, 'other')])}
			>
				{PRESET_NAMES.map((name) => (
					<option key={name} value={name}>
						{t(`scrapes.preset.${name}`)}
					</option>
				))}
			</select>
		</div>
	);
}
