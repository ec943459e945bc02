import { Rocket } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { useSpeech } from '../../i18n/language';
import shell from '../Shell.module.css';
import { STEPS } from './choices';
import { useStart } from './useStart';

/** Leads to the first steps until they are done, or somebody does not want to see them any more. */
export function StartLink() {
	const { t } = useSpeech();
	const [path] = useLocation();
	const { states, may, dismissed, complete, settled } = useStart(0);
	const known = Object.values(states).every((state) => state !== 'unknown');
	if (!may || dismissed || complete || !known) return null;
	return (
		<Link className={shell.item} href="/start" aria-current={path === '/start' ? 'page' : undefined} data-testid="start-link">
			<Rocket size={18} aria-hidden="true" />
			<span>{t('start.link', { done: settled, all: STEPS.length })}</span>
		</Link>
	);
}
