import { MessageSquareOff } from 'lucide-react';
import { useState } from 'react';
import { changeOffice, type OfficeChange } from '../../api/office';
import { useServices } from '../../app/services';
import { Confirm } from '../../forms/Confirm';
import { Line } from '../../forms/Line';
import { Telling } from '../../forms/Outcome';
import { Secret, secretChange } from '../../forms/Secret';
import { useSpeech } from '../../i18n/language';
import { OfficeFields, type OfficeState, useManagesHosts } from '../../office/OfficeFields';

const NEW = { url: '', sender: '', hasKey: false };

/** The gateway of text messages. Its address says an administrator of the appliance. */
export function SmsForm(state: OfficeState) {
	const { t } = useSpeech();
	const { http } = useServices();
	const hosts = useManagesHosts();
	// What was removed leaves its fields.
	const [removals, setRemovals] = useState(0);
	const { settings, onSaved } = state;
	const sms = settings.sms ?? NEW;
	if (settings.sms === null && !hosts) return <Telling kind="warning">{t('office.hostsOnly')}</Telling>;
	return (
		<OfficeFields
			{...state}
			key={removals}
			testId="sms-form"
			changeOf={(value) => smsChange(value, hosts)}
			actions={
				settings.sms !== null && (
					<Confirm
						label={t('office.smsRemove')}
						icon={MessageSquareOff}
						question={t('office.smsRemoveAsk')}
						action={t('office.smsRemove')}
						testId="sms-remove"
						work={async () => {
							onSaved(await changeOffice(http, { sms: null }, settings.version));
							setRemovals(removals + 1);
						}}
					/>
				)
			}
		>
			{(fault) => (
				<>
					<Line
						name="url"
						label={t('office.smsUrl')}
						hint={t(hosts ? 'office.smsUrlHint' : 'office.hostsLocked')}
						inputMode="url"
						defaultValue={sms.url}
						disabled={!hosts}
						autoComplete="off"
						wide
						fault={fault('sms.url')}
					/>
					<Line
						name="sender"
						label={t('office.smsSender')}
						hint={t('office.smsSenderHint')}
						defaultValue={sms.sender}
						autoComplete="off"
						fault={fault('sms.sender')}
					/>
					<Secret
						name="apiKey"
						label={t('office.smsKey')}
						removal={t('office.keyRemove')}
						stored={sms.hasKey}
						missing={settings.missing.includes('sms.apiKey')}
						fault={fault('sms.apiKey')}
					/>
				</>
			)}
		</OfficeFields>
	);
}

function smsChange(value: (name: string) => string, hosts: boolean): OfficeChange {
	return {
		sms: { ...(hosts ? { url: value('url').trim() } : {}), sender: value('sender').trim(), ...secretChange('apiKey', value) },
	};
}
