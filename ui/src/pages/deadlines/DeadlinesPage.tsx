import { CalendarDays, ListChecks, type LucideIcon } from 'lucide-react';
import { Link } from 'wouter';
import { useTitle } from '../../app/hooks';
import { MissingPage } from '../../app/MissingPage';
import sections from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { CalendarPart } from './CalendarPart';
import { RulePage } from './RulePage';
import { RulesPart } from './RulesPart';

const PARTS = ['calendar', 'rules'] as const;
type Part = (typeof PARTS)[number];

const ICONS: Readonly<Record<Part, LucideIcon>> = { calendar: CalendarDays, rules: ListChecks };

interface DeadlinesPageProps {
	readonly part: string | undefined;
	/** The id of a rule. */
	readonly item: string | undefined;
}

/** What is due and when, and the rules behind it. */
export default function DeadlinesPage({ part, item }: DeadlinesPageProps) {
	const { t } = useSpeech();
	const shown = part === undefined ? 'calendar' : PARTS.find((one) => one === part);
	useTitle(t(shown === 'rules' ? 'due.rules' : 'nav.deadlines'));
	if (shown === undefined) return <MissingPage />;
	return (
		<main id="content" tabIndex={-1} data-page="deadlines" className={`${sections.page} ${sections.wide}`}>
			<header className={sections.head}>
				<h1>{t('nav.deadlines')}</h1>
				<nav className={sections.parts} aria-label={t('due.parts')}>
					{PARTS.map((one) => (
						<PartLink key={one} part={one} current={one === shown} />
					))}
				</nav>
			</header>
			{shown === 'calendar' ? <CalendarPart /> : item === undefined ? <RulesPart /> : <RulePage key={item} id={item} />}
		</main>
	);
}

function PartLink({ part, current }: { readonly part: Part; readonly current: boolean }) {
	const { t } = useSpeech();
	const Icon = ICONS[part];
	return (
		<Link href={part === 'calendar' ? '/deadlines' : `/deadlines/${part}`} aria-current={current ? 'page' : undefined}>
			<Icon size={16} aria-hidden="true" />
			{t(`due.${part}`)}
		</Link>
	);
}
