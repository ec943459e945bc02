import { useId } from 'react';
import { isRole, type Role } from '../../api/roles';
import { Fault } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

interface RoleChoiceProps {
	readonly offered: readonly Role[];
	readonly given: readonly string[];
	readonly fault: string | undefined;
}

/** The roles to choose from, each with what it allows. Their inputs are named "roles". */
export function RoleChoice({ offered, given, fault }: RoleChoiceProps) {
	const { t } = useSpeech();
	const id = useId();
	return (
		<fieldset
			className={styles.group}
			data-wide=""
			{...(fault === undefined ? {} : { 'data-invalid': '', 'aria-describedby': `${id}-fault` })}
		>
			<legend>{t('settings.roles')}</legend>
			<Fault id={`${id}-fault`} text={fault} />
			{offered.map((role) => (
				<label key={role} className={styles.choice}>
					<input type="checkbox" name="roles" value={role} defaultChecked={given.includes(role)} />
					<span>
						<b>{t(`role.${role}`)}</b>
						<small>{t(`role.${role}.hint`)}</small>
					</span>
				</label>
			))}
		</fieldset>
	);
}

/** Names of roles for people, in a row. One that this page does not know is shown as it is. */
export function RoleNames({ roles }: { readonly roles: readonly string[] }) {
	const { t } = useSpeech();
	return (
		<span className={styles.badges}>
			{roles.map((role) => (
				<span key={role} className={styles.badge}>
					{isRole(role) ? t(`role.${role}`) : role}
				</span>
			))}
		</span>
	);
}
