import {
	Ban,
	CircleCheck,
	CircleDashed,
	CirclePause,
	CircleX,
	LoaderCircle,
	type LucideIcon,
	RotateCw,
	SkipForward,
} from 'lucide-react';
import type { Status, StepStatus } from '../api/execution';
import { useSpeech } from '../i18n/language';
import styles from './Status.module.css';
import tones from './tones.module.css';

const ICONS: Readonly<Record<Status, LucideIcon>> = {
	pending: CircleDashed,
	running: LoaderCircle,
	waiting: CirclePause,
	completed: CircleCheck,
	failed: CircleX,
	cancelled: Ban,
};

interface StatusIconProps {
	readonly status: Status;
	readonly size?: number;
	/** Never turns: it names a status instead of telling that something runs. */
	readonly still?: boolean;
}

export function StatusIcon({ status, size = 16, still = false }: StatusIconProps) {
	const Icon = ICONS[status];
	const spin = status === 'running' && !still;
	return (
		<span className={`${styles.icon} ${tones.toned}`} data-tone={status} {...(spin ? { 'data-spin': '' } : {})}>
			<Icon size={size} strokeWidth={2.25} aria-hidden="true" />
		</span>
	);
}

/** An execution's state: shape and word, and the colour besides. */
export function StatusBadge({ status, large = false }: { readonly status: Status; readonly large?: boolean }) {
	const { t } = useSpeech();
	return (
		<span className={`${styles.badge} ${tones.toned} ${large ? styles.large : ''}`} data-tone={status}>
			<StatusIcon status={status} size={large ? 18 : 15} />
			<span className={styles.word}>{t(`status.${status}`)}</span>
		</span>
	);
}

const STEP_ICONS: Readonly<Record<StepStatus, readonly [LucideIcon, string, string]>> = {
	pending: [CircleDashed, 'pending', 'pending'],
	running: [LoaderCircle, 'spinner', 'running'],
	retrying: [RotateCw, 'retry', 'waiting'],
	completed: [CircleCheck, 'check', 'completed'],
	failed: [CircleX, 'cross', 'failed'],
	skipped: [SkipForward, 'skip', 'pending'],
};

export function StepIcon({ status }: { readonly status: StepStatus }) {
	const [Icon, name, tone] = STEP_ICONS[status];
	const spin = status === 'running';
	return (
		<span className={`${styles.icon} ${tones.toned}`} data-icon={name} data-tone={tone} {...(spin ? { 'data-spin': '' } : {})}>
			<Icon size={18} strokeWidth={2.25} aria-hidden="true" />
		</span>
	);
}
