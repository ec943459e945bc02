import { useEffect, useRef } from 'react';
import { STATUSES, type Status } from '../../api/execution';
import type { StatusCounts } from '../../api/executions';
import controls from '../../design/controls.module.css';
import { StatusIcon } from '../../design/Status';
import tones from '../../design/tones.module.css';
import { useSpeech } from '../../i18n/language';
import styles from './StatusToggles.module.css';

interface StatusTogglesProps {
	readonly chosen: readonly Status[];
	readonly counts: StatusCounts | null;
	readonly onToggle: (status: Status) => void;
}

/** Narrows the list to some statuses; each says how many executions it would show. */
export function StatusToggles({ chosen, counts, onToggle }: StatusTogglesProps) {
	const { t, format } = useSpeech();
	const row = useRef<HTMLFieldSetElement>(null);
	useEffect(() => {
		// On a phone the row is wider than the window.
		row.current?.querySelector('[aria-pressed="true"]')?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
	}, []);
	return (
		<fieldset ref={row} className={`${controls.pills} ${controls.row} ${styles.toggles}`}>
			<legend className="visually-hidden">{t('list.statusFilter')}</legend>
			{STATUSES.map((status) => (
				<button
					key={status}
					type="button"
					className={tones.toned}
					data-testid="filter-status"
					data-value={status}
					data-tone={status}
					aria-pressed={chosen.includes(status)}
					onClick={() => onToggle(status)}
				>
					<StatusIcon status={status} still />
					{t(`status.${status}`)}
					<span className={styles.count}>{counts === null ? '' : format.number(counts[status])}</span>
				</button>
			))}
		</fieldset>
	);
}
