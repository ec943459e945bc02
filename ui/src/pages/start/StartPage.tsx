import { CircleCheck, CircleDashed, type LucideIcon, MinusCircle, ShieldX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useSignal, useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import { STEPS, type Step } from '../../app/start/choices';
import type { StepState } from '../../app/start/state';
import { useStart } from '../../app/start/useStart';
import { CopyButton } from '../../design/CopyButton';
import controls from '../../design/controls.module.css';
import { Notice } from '../../design/Notice';
import sections from '../../design/sections.module.css';
import { TextBox } from '../../design/TextBox';
import { Telling } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { BackupStep } from './BackupStep';
import { EngineStep } from './EngineStep';
import { MailStep } from './MailStep';
import { OfficeStep } from './OfficeStep';
import styles from './start.module.css';

/** How often the state of the steps is asked for, in ms. */
const REFRESH_MS = 5_000;

/** What a new office has to set up, in five steps; each tells how it really stands. */
export default function StartPage() {
	const { t } = useSpeech();
	const { start: choices } = useServices();
	const [, navigate] = useLocation();
	const { states, skipped, settled, complete, may } = useStart(REFRESH_MS);
	useTitle(t('start.title'));
	const dismiss = () => {
		choices.dismiss(true);
		navigate('/');
	};
	return (
		<main id="content" tabIndex={-1} data-page="start" className={sections.page}>
			<header className={sections.head}>
				<h1>{t('start.title')}</h1>
				<p className={parts.lead}>{t('start.lead')}</p>
				<p data-testid="start-progress" data-done={settled}>
					<b>{t('start.progress', { done: settled, all: STEPS.length })}</b>
				</p>
			</header>
			{!may ? (
				<div data-testid="no-permission">
					<Notice icon={ShieldX} title={t('settings.forbidden')} />
				</div>
			) : (
				<div className={parts.part}>
					{complete && <Telling testId="start-complete">{t('start.complete')}</Telling>}
					<StepCard step="administrator" state={states.administrator} skipped={false}>
						<Administrator />
					</StepCard>
					<StepCard step="office" state={states.office} skipped={skipped.includes('office')}>
						<OfficeStep />
					</StepCard>
					<StepCard step="mail" state={states.mail} skipped={skipped.includes('mail')}>
						<MailStep />
					</StepCard>
					<StepCard step="backup" state={states.backup} skipped={skipped.includes('backup')}>
						<BackupStep />
					</StepCard>
					<StepCard step="engine" state={states.engine} skipped={skipped.includes('engine')}>
						<EngineStep />
					</StepCard>
					<Demo />
					<div className={parts.actions}>
						<button type="button" className={controls.button} data-testid="start-dismiss" onClick={dismiss}>
							{t(complete ? 'start.close' : 'start.dismiss')}
						</button>
					</div>
				</div>
			)}
		</main>
	);
}

const ICONS: Readonly<Record<StepState, LucideIcon>> = {
	done: CircleCheck,
	open: CircleDashed,
	bad: TriangleAlert,
	locked: ShieldX,
	unknown: MinusCircle,
};

interface StepCardProps {
	readonly step: Step;
	readonly state: StepState;
	readonly skipped: boolean;
	readonly children: ReactNode;
}

/** One step: what it is, how it stands, and what to do. Done ones are folded. */
function StepCard({ step, state, skipped, children }: StepCardProps) {
	const { t } = useSpeech();
	const { start } = useServices();
	const shown = skipped && state !== 'done' ? 'skipped' : state;
	const Icon = shown === 'skipped' ? MinusCircle : ICONS[shown];
	return (
		<details
			key={`${shown === 'done' || shown === 'skipped'}`}
			className={styles.step}
			data-testid="start-step"
			data-step={step}
			data-state={shown}
			open={shown !== 'done' && shown !== 'skipped'}
		>
			<summary>
				<Icon size={20} aria-hidden="true" />
				<h2>
					{STEPS.indexOf(step) + 1}. {t(`start.${step}`)}
				</h2>
				<span>{t(`start.state.${shown}`)}</span>
			</summary>
			<div className={parts.stack}>
				<p className={parts.lead}>{t(`start.${step}Lead`)}</p>
				{children}
				{state !== 'done' && (
					<div className={parts.actions}>
						<button
							type="button"
							className={`${controls.button} ${controls.plain}`}
							data-testid="start-skip"
							aria-pressed={skipped}
							onClick={() => start.skip(step, !skipped)}
						>
							{t(skipped ? 'start.unskip' : 'start.skip')}
						</button>
					</div>
				)}
			</div>
		</details>
	);
}

function Administrator() {
	const { t } = useSpeech();
	const state = useSignal(useServices().session.state);
	const viewer = state.phase === 'in' ? state.viewer : null;
	return (
		<p>
			{t('start.signedIn', { name: viewer?.name ?? '' })} <Link href="/settings/account">{t('settings.account')}</Link>
			{' · '}
			<Link href="/settings/users">{t('settings.users')}</Link>
		</p>
	);
}

const DEMO = 'flowwatch demo';

/** Data to look at, which are not the office's. */
function Demo() {
	const { t } = useSpeech();
	return (
		<section className={parts.card} aria-labelledby="demo">
			<h2 id="demo">{t('start.demo')}</h2>
			<p className={parts.lead}>{t('start.demoLead')}</p>
			<TextBox label={DEMO}>{DEMO}</TextBox>
			<CopyButton label={t('start.copy')} text={() => DEMO} />
		</section>
	);
}
