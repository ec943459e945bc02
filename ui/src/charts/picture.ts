import { saveFile } from '../app/savefile';
import { type ChartSeries, DASHES } from './series';
import { paletteAt } from './tone';

/** Room above the plot, for the title and the names of the series, in CSS px. */
const HEAD_PX = 48;
const LEFT_PX = 12;
const LINE_PX = 16;

/** Paints a chart as it is now; null: it is not painted yet. */
export type Painter = () => HTMLCanvasElement | null;

export function savePicture(paint: Painter, name: string): void {
	paint()?.toBlob((picture) => picture !== null && saveFile(picture, `${name}.png`));
}

/** A plot that is painted, on the ground of its theme and with what the page writes beside it, as sharp as on the screen. */
export function pictureOf(plot: HTMLCanvasElement, title: string, series: readonly ChartSeries[]): HTMLCanvasElement {
	const palette = paletteAt(plot);
	const scale = plot.width / plot.clientWidth;
	const picture = document.createElement('canvas');
	picture.width = plot.width;
	picture.height = plot.height + HEAD_PX * scale;
	const pen = picture.getContext('2d');
	if (pen === null) return picture;
	pen.fillStyle = palette.card;
	pen.fillRect(0, 0, picture.width, picture.height);
	pen.drawImage(plot, 0, HEAD_PX * scale);
	pen.scale(scale, scale);
	pen.fillStyle = palette.text;
	pen.font = '600 14px Inter, system-ui, sans-serif';
	pen.fillText(title, LEFT_PX, 20);
	pen.font = '12px Inter, system-ui, sans-serif';
	let x = LEFT_PX;
	for (const { label, tone, style } of series) {
		const solid = style === 'bar' || style === 'area';
		pen.strokeStyle = palette.tone(tone);
		pen.lineWidth = solid ? 8 : 2;
		pen.setLineDash(solid ? [] : [...(DASHES[tone] ?? [])]);
		pen.beginPath();
		pen.moveTo(x, 36);
		pen.lineTo(x + LINE_PX, 36);
		pen.stroke();
		pen.fillText(label, x + LINE_PX + 5, 40);
		x += LINE_PX + 21 + pen.measureText(label).width;
	}
	return picture;
}
