import { ArrowLeft } from 'lucide-react';
import { Link } from 'wouter';
import type { SettingsPart } from '../../app/settings';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

/** Leads back to a part of the settings. */
export function BackTo({ part }: { readonly part: SettingsPart }) {
	const { t } = useSpeech();
	return (
		<Link className={styles.back} href={`/settings/${part}`}>
			<ArrowLeft size={15} aria-hidden="true" />
			{t(`settings.${part}`)}
		</Link>
	);
}
