import { useEffect, useRef } from 'react';
import { ERASED, type Erasure } from '../../api/data';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import { Facts } from './Facts';
import { Numbers } from './Numbers';

interface ErasureReportProps {
	readonly report: Erasure;
	/** There when it was made just now. */
	readonly onRead?: () => void;
}

/** What an erasure removed and what it did not reach: for the answer to the person who asked. */
export function ErasureReport({ report, onRead }: ErasureReportProps) {
	const { t, format } = useSpeech();
	const fresh = onRead !== undefined;
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (fresh) box.current?.focus();
	}, [fresh]);
	return (
		<div ref={box} tabIndex={-1} className={styles.stack} {...(fresh ? { 'data-testid': 'erasure-report' } : {})}>
			{fresh && (
				<Telling kind={report.running ? 'warning' : 'done'}>{t(report.running ? 'erase.runningHint' : 'erase.done')}</Telling>
			)}
			<Facts of={facts(report, t, format)} />
			<h3>{t('erase.erased')}</h3>
			<Numbers
				values={ERASED.map((name) => [t(`erase.erased.${name}`), report.erased[name]])}
				nothing={t('erase.erasedNothing')}
			/>
			<h3>{t('erase.remains')}</h3>
			<ul className={styles.list}>
				{remains(report, t, format).map((line) => (
					<li key={line}>{line}</li>
				))}
			</ul>
			<div className={styles.actions}>
				<CopyButton label={t('erase.copy')} text={() => textOf(report, t, format)} />
				{onRead !== undefined && (
					<button type="button" className={controls.button} onClick={onRead}>
						{t('erase.another')}
					</button>
				)}
			</div>
		</div>
	);
}

function facts(report: Erasure, t: Translate, format: Format): [name: string, value: string][] {
	const when = (at: number | null) => (at === null ? t('erase.running') : format.dateTime(at));
	return [
		[t('erase.number'), report.id],
		[t('erase.scope'), t(report.ofClient ? 'erase.ofClient' : 'erase.ofExecutions')],
		[t('erase.by'), report.by],
		[t('erase.requested'), when(report.requestedAt)],
		[t('erase.finished'), when(report.doneAt)],
		[t('erase.reason'), report.reason],
	];
}

const REMAINS = ['backups', 'freePages', 'outside', 'sums', 'audit'] as const;

/** A sentence for each thing that an erasure does not reach; the server's own words where this page does not know it. */
function remains(report: Erasure, t: Translate, format: Format): string[] {
	return report.remains.map(({ what, where, until }) => {
		const known = REMAINS.find((one) => one === what);
		const sentence = known === undefined ? `${what}: ${where}` : t(`erase.remains.${known}`);
		return until === null ? sentence : `${sentence} ${t('erase.until', { date: format.date(until) })}`;
	});
}

function textOf(report: Erasure, t: Translate, format: Format): string {
	return [
		t('erase.title'),
		...facts(report, t, format).map(([name, value]) => `${name}: ${value}`),
		'',
		t('erase.erased'),
		...ERASED.map((name) => `- ${t(`erase.erased.${name}`)}: ${report.erased[name]}`),
		'',
		t('erase.remains'),
		...remains(report, t, format).map((line) => `- ${line}`),
	].join('\n');
}
