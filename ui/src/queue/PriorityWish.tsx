import { useMutation } from '@tanstack/react-query';
import { ChevronsUp, CircleCheck, CircleX, Hourglass, Undo2 } from 'lucide-react';
import { type Ref, useEffect, useRef } from 'react';
import type { Wish, WishState } from '../api/execution';
import { ApiError } from '../api/http';
import { allowBoost, prioritise, type Queued } from '../api/queue';
import { ActionButton } from '../app/ActionButton';
import { useRight } from '../app/hooks';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import styles from './queue.module.css';
import { QUEUED_KEY } from './useQueued';

interface PriorityWishProps {
	readonly queued: Queued;
	/** Also the way to forbid that deadlines raise the run, and to allow it again. */
	readonly boosts?: boolean;
	/** Called when the server has taken or refused a wish. */
	readonly onSettled?: () => void;
}

/** Asks the engine to take a run earlier, and says how far that wish has come: the engine decides. */
export function PriorityWish({ queued, boosts = false, onSettled }: PriorityWishProps) {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('prioritise');
	const {
		mutate: act,
		isPending: working,
		error,
	} = useMutation({
		mutationFn: (work: () => Promise<void>) => work(),
		onSettled: () => {
			onSettled?.();
			return queries.invalidateQueries({ queryKey: QUEUED_KEY });
		},
	});
	const { execution, wish, boost, forbiddenBy } = queued;
	const open = wish !== null && (wish.state === 'requested' || wish.state === 'acknowledged');
	const asked = open && !wish.byRule;
	const mark = useRef<HTMLSpanElement>(null);
	const clicked = useRef(false);
	useEffect(() => {
		// The button that had the focus is gone: what it brought takes its place.
		if (asked && clicked.current) mark.current?.focus();
		clicked.current = false;
	}, [asked]);
	return (
		<div className={styles.wish}>
			{wish !== null && <WishMark wish={wish} ref={mark} />}
			{may && !asked && (
				<ActionButton
					className={controls.button}
					data-testid="prioritise"
					working={working}
					title={t('queue.prioritiseWhat', { id: execution.id })}
					onClick={() => {
						clicked.current = true;
						act(() => prioritise(http, execution.id));
					}}
				>
					<ChevronsUp size={15} aria-hidden="true" />
					{t('queue.prioritise')}
				</ActionButton>
			)}
			{boosts && may && (boost !== null || forbiddenBy !== null) && (
				<ActionButton
					className={`${controls.button} ${controls.plain}`}
					data-testid={boost === null ? 'boost-allow' : 'boost-forbid'}
					working={working}
					onClick={() => act(() => allowBoost(http, execution.id, boost === null))}
				>
					<Undo2 size={14} aria-hidden="true" />
					{t(boost === null ? 'queue.boostAllow' : 'queue.boostForbid')}
				</ActionButton>
			)}
			<p role="alert" className={styles.fault}>
				{error !== null && ((error instanceof ApiError && error.detail) || t('state.failed'))}
			</p>
		</div>
	);
}

const ICONS: Readonly<Record<WishState, typeof Hourglass>> = {
	requested: Hourglass,
	acknowledged: CircleCheck,
	refused: CircleX,
	lapsed: CircleX,
};

/** How far a wish has come. */
export function WishMark({ wish, ref }: { readonly wish: Wish; readonly ref?: Ref<HTMLSpanElement> | undefined }) {
	const { t } = useSpeech();
	const Icon = ICONS[wish.state];
	return (
		<span
			ref={ref}
			tabIndex={-1}
			className={styles.state}
			role="status"
			data-testid="priority-state"
			data-state={wish.state}
			data-priority={wish.priority}
			data-by={wish.byRule ? 'rule' : 'person'}
		>
			<Icon size={15} aria-hidden="true" />
			<span>
				{t(`queue.wish.${wish.state}`)}
				{wish.message !== '' && <small>{wish.message}</small>}
			</span>
		</span>
	);
}
