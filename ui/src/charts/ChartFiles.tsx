import { Download, ImageDown } from 'lucide-react';
import { saveFile } from '../app/savefile';
import { useSpeech } from '../i18n/language';
import styles from './charts.module.css';
import { type Cell, csvOf } from './csv';
import { type Painter, savePicture } from './picture';
import type { ChartData } from './series';

interface ChartFilesProps {
	readonly data: ChartData;
	readonly paint: Painter;
	/** Of the files, without their endings. */
	readonly name: string;
}

/** Buttons that save a chart: its data as a table, itself as a picture. */
export function ChartFiles({ data, paint, name }: ChartFilesProps) {
	const { t, format, language } = useSpeech();
	const saveTable = () => {
		const head: Cell[] = [t('chart.time'), ...data.series.map((one) => one.label)];
		const rows = data.times.map((time, i) => [format.dateTime(time), ...data.series.map((one) => one.values[i] ?? null)]);
		saveFile(new Blob([csvOf([head, ...rows], language)], { type: 'text/csv' }), `${name}.csv`);
	};
	return (
		<span className={styles.files}>
			<button type="button" aria-label={t('chart.csv')} title={t('chart.csv')} onClick={saveTable}>
				<Download size={15} aria-hidden="true" />
			</button>
			<button type="button" aria-label={t('chart.png')} title={t('chart.png')} onClick={() => savePicture(paint, name)}>
				<ImageDown size={15} aria-hidden="true" />
			</button>
		</span>
	);
}
