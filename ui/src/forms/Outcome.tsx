import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { ApiError } from '../api/http';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import styles from './parts.module.css';
import { sentenceOf } from './sending';

interface FailureProps {
	readonly error: unknown;
	/** Shows what is stored now; offered where somebody else was faster. */
	readonly onStale?: () => void;
	readonly children?: ReactNode;
}

/** Says why an attempt did not work; nothing while there is nothing to say. */
export function Failure({ error, onStale, children }: FailureProps) {
	const { t } = useSpeech();
	return (
		<div role="alert">
			{error !== null && (
				<div className={styles.alert} data-testid="form-error">
					<CircleAlert size={16} aria-hidden="true" />
					<div>
						<p>{sentenceOf(error, t)}</p>
						{children}
						{onStale !== undefined && error instanceof ApiError && error.status === 412 && (
							<button type="button" className={controls.button} data-testid="form-reload" onClick={onStale}>
								{t('settings.reload')}
							</button>
						)}
					</div>
				</div>
			)}
		</div>
	);
}

interface TellingProps {
	readonly kind?: 'done' | 'warning' | 'bad';
	readonly testId?: string;
	readonly children: ReactNode;
}

/** Says that something worked, or what to heed. */
export function Telling({ kind = 'done', testId, children }: TellingProps) {
	const Icon = kind === 'done' ? CircleCheck : TriangleAlert;
	return (
		<div className={styles.alert} data-kind={kind} {...(testId === undefined ? {} : { 'data-testid': testId })}>
			<Icon size={16} aria-hidden="true" />
			<div>{children}</div>
		</div>
	);
}

/** Moves the focus to the first field that is wrong whenever an attempt failed. */
export function useFocusOnFault(error: unknown): RefObject<HTMLFormElement | null> {
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => {
		if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid] input')?.focus();
	}, [error]);
	return form;
}
