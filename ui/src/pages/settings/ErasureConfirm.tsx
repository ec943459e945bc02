import { useQuery } from '@tanstack/react-query';
import { Eraser } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { countOfClient } from '../../api/data';
import { ApiError } from '../../api/http';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Failure, Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useFieldFaults, useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import type { Wish } from './ErasurePanel';

interface ErasureConfirmProps {
	readonly wish: Wish;
	readonly onBack: () => void;
	readonly onErase: () => Promise<void>;
}

/** The second step: what will be gone for ever, to be ticked and confirmed. */
export function ErasureConfirm({ wish, onBack, onErase }: ErasureConfirmProps) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { clientRef, executionIds } = wish.target;
	const { working, error, send } = useSending();
	const faults = useFieldFaults(error);
	const [sure, setSure] = useState(false);
	const title = useRef<HTMLHeadingElement>(null);
	useEffect(() => title.current?.focus(), []);
	const ofClient = useQuery({
		queryKey: ['erasure-count', clientRef],
		queryFn: () => countOfClient(http, clientRef),
		enabled: clientRef !== '',
		staleTime: 0,
	});
	const n = clientRef === '' ? executionIds.length : ofClient.data;
	return (
		<div className={`${styles.stack} ${styles.narrow}`} data-testid="erasure-confirm">
			<h3 ref={title} tabIndex={-1} className={styles.step}>
				{t('erase.confirmTitle')}
			</h3>
			<Telling kind="warning">
				<p>{clientRef === '' ? t('erase.confirmExecutions') : t('erase.confirmClient', { client: clientRef })}</p>
				{n !== undefined && (
					<p>
						<b data-testid="erasure-count" data-value={n}>
							{t('list.count', { n })}
						</b>
					</p>
				)}
				<p>{t('erase.forever')}</p>
			</Telling>
			{executionIds.length > 0 && <code className={styles.secret}>{executionIds.join(', ')}</code>}
			<p>
				<b>{t('erase.reason')}:</b> {wish.reason}
			</p>
			<label className={styles.choice}>
				<input type="checkbox" name="sure" checked={sure} onChange={(event) => setSure(event.target.checked)} />
				<span>{t('erase.sure')}</span>
			</label>
			<Failure error={error}>
				{error instanceof ApiError && Object.values(faults).map((fault) => <p key={fault}>{fault}</p>)}
			</Failure>
			<div className={styles.actions}>
				<button type="button" className={controls.button} disabled={working} onClick={onBack}>
					{t('erase.back')}
				</button>
				<ActionButton
					className={`${controls.button} ${styles.danger}`}
					disabled={!sure}
					working={working}
					data-testid="erasure-do"
					onClick={() => void send(onErase)}
				>
					<Eraser size={15} aria-hidden="true" />
					{t(working ? 'erase.working' : 'erase.do')}
				</ActionButton>
			</div>
		</div>
	);
}
