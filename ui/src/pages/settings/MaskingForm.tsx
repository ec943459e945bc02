import { useState } from 'react';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { type FaultOf, OfficeFields, type OfficeState } from '../../office/OfficeFields';
import { Area } from './Area';

/** What is masked beside what always is. */
export function MaskingForm(state: OfficeState) {
	const { t } = useSpeech();
	const { keys, patterns } = state.settings.masking;
	const [sent, setSent] = useState<readonly string[]>(keys);
	return (
		<OfficeFields
			{...state}
			testId="masking-form"
			changeOf={(value) => {
				const written = linesOf(value('maskKeys'));
				setSent(written);
				return { masking: { keys: written, patterns: value('patterns') !== '' } };
			}}
		>
			{(fault) => (
				<>
					<div className={styles.line} data-wide="">
						<Area
							name="maskKeys"
							label={t('office.maskKeys')}
							hint={t('office.maskKeysHint')}
							first={keys.join('\n')}
							fault={fault('masking.keys') ?? wrongKeys(sent, fault, (key) => t('office.fault.maskKey', { key }))}
						/>
					</div>
					<label className={styles.choice} data-wide="">
						<input type="checkbox" name="patterns" value="on" defaultChecked={patterns} />
						<span>
							<b>{t('office.patterns')}</b>
							<small>{t('office.patternsHint')}</small>
						</span>
					</label>
				</>
			)}
		</OfficeFields>
	);
}

/** One a line; each once. */
export function linesOf(written: string): readonly string[] {
	return [...new Set(written.split('\n').map((line) => line.trim()))].filter((line) => line !== '');
}

function wrongKeys(keys: readonly string[], fault: FaultOf, sentence: (key: string) => string): string | undefined {
	const wrong = keys.filter((_, n) => fault(`masking.keys[${n}]`) !== undefined);
	return wrong.length === 0 ? undefined : wrong.map(sentence).join(' ');
}
