import { ArrowDown, ArrowUp, Equal } from 'lucide-react';
import type { Format } from '../i18n/format';
import { useSpeech } from '../i18n/language';
import type { Translate } from '../i18n/translate';
import styles from './charts.module.css';
import { type Unit, written } from './unit';

interface DeltaProps {
	readonly now: number | null;
	readonly former: number | null;
	readonly unit: Unit;
	/** In which direction the value is better; none: neither. */
	readonly better?: 'up' | 'down';
}

/** By how much a value differs from that of the previous period: an arrow and words, and the colour besides. */
export function Delta({ now, former, unit, better }: DeltaProps) {
	const { t, format } = useSpeech();
	if (now === null || former === null) return <span className={styles.delta}>{t('chart.delta.unknown')}</span>;
	const by = difference(now - former, unit, format, t);
	if (by === null) {
		return (
			<span className={styles.delta}>
				<Equal size={13} aria-hidden="true" />
				{t('chart.delta.same')} <span className="visually-hidden">{t('chart.delta.than')}</span>
			</span>
		);
	}
	const up = now > former;
	const good = better === undefined ? null : (better === 'up') === up;
	const word = good === null ? (up ? 'more' : 'less') : good ? 'better' : 'worse';
	const Arrow = up ? ArrowUp : ArrowDown;
	return (
		<span className={styles.delta} data-tone={good === null ? 'muted' : good ? 'completed' : 'failed'}>
			<Arrow size={13} strokeWidth={2.5} aria-hidden="true" />
			{t(`chart.delta.${word}`, { by })} <span className="visually-hidden">{t('chart.delta.than')}</span>
		</span>
	);
}

/** The distance in words; null: it is too small to be seen. */
function difference(by: number, unit: Unit, format: Format, t: Translate): string | null {
	const size = Math.abs(by);
	if (unit === 'ms' ? size < 1 : size < 0.05) return null;
	return unit === 'percent' ? t('chart.pp', { n: format.number(size) }) : written(size, unit, format, t);
}
