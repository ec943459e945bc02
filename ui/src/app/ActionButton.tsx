import type { ComponentProps } from 'react';
import { useSpeech } from '../i18n/language';
import { useCutOff } from './hooks';

interface ActionButtonProps extends ComponentProps<'button'> {
	/** What was asked for is under way. */
	readonly working: boolean;
}

/** A button that asks something of the server: not twice at once, and not while there is nobody to ask, which it says. */
export function ActionButton({ working, disabled = false, title, ...rest }: ActionButtonProps) {
	const { t } = useSpeech();
	const cutOff = useCutOff();
	return <button type="button" {...rest} disabled={working || disabled || cutOff} title={cutOff ? t('conn.noChanges') : title} />;
}
