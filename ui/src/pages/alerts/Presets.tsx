import { useQuery } from '@tanstack/react-query';
import { Sparkles } from 'lucide-react';
import styles from '../../alerts/alerts.module.css';
import { fetchPresets, type Rule } from '../../api/rules';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { SeverityIcon } from '../../design/Severity';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { useRuleSentence } from './sentence';

/** Rules that are offered; one that is chosen fills the form, and is kept only when it is saved. */
export function Presets({ onChoose }: { readonly onChoose: (rule: Rule) => void }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const sentence = useRuleSentence();
	const { data } = useQuery({
		queryKey: ['rule-presets'],
		queryFn: ({ signal }) => fetchPresets(http, signal),
		staleTime: Number.POSITIVE_INFINITY,
	});
	if (data === undefined || data.length === 0) return null;
	return (
		<details className={parts.fold}>
			<summary>
				<Sparkles size={15} aria-hidden="true" className={styles.sparkle} /> {t('presets.title', { n: data.length })}
			</summary>
			<ul className={styles.presets}>
				{data.map(({ id, rule }) => (
					<li key={id} data-testid="preset" data-preset-id={id}>
						<SeverityIcon severity={rule.severity} />
						<div>
							<b>{rule.name}</b>
							<p className={styles.muted}>{sentence(rule)}</p>
						</div>
						<button type="button" className={controls.button} onClick={() => onChoose(rule)}>
							{t('presets.use')}
						</button>
					</li>
				))}
			</ul>
		</details>
	);
}
