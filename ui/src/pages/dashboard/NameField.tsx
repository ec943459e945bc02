import { ApiError } from '../../api/http';
import controls from '../../design/controls.module.css';
import { sentenceOf } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';

/** Limits of a dashboard's name in characters, as the server has them. */
const NAME_MIN = 3;
const NAME_MAX = 255;

interface NameFieldProps {
	readonly value: string;
	readonly onChange: (name: string) => void;
	/** Of the last attempt to store it. */
	readonly error: unknown;
}

export function NameField({ value, onChange, error }: NameFieldProps) {
	const { t } = useSpeech();
	const refused = error instanceof ApiError && error.status === 422;
	return (
		<div className={styles.name}>
			<label className={controls.field}>
				{t('dash.name')}
				<input
					className={controls.input}
					name="name"
					// biome-ignore lint/a11y/noAutofocus: it is what the window is for
					autoFocus
					required
					minLength={NAME_MIN}
					maxLength={NAME_MAX}
					value={value}
					onChange={(event) => onChange(event.target.value)}
				/>
			</label>
			{error !== null && (
				<p className={styles.fault} role="alert">
					{refused ? t('dash.nameFault') : sentenceOf(error, t)}
				</p>
			)}
		</div>
	);
}
