import { useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useEffect, useState } from 'react';
import { fetchDeliveries } from '../api/deliveries';
import { type Rule, testRule } from '../api/rules';
import { ActionButton } from '../app/ActionButton';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { Failure } from '../forms/Outcome';
import parts from '../forms/parts.module.css';
import { useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import { DeliveryList } from './DeliveryList';

const WATCH_MS = 700;
/** How long the messages of a test are watched, in ms: what is tried again takes longer, and stands among the messages. */
const WATCH_LIMIT_MS = 60_000;
const LOOK_AT = 100;

/** Sends a test message by each channel of a rule as it is stored, and shows how that went. */
export function RuleTest({ rule }: { readonly rule: Rule }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const { working, error, send } = useSending();
	const [id, setId] = useState<string | null>(null);
	const [watching, setWatching] = useState(false);
	const { data, refetch } = useQuery({
		queryKey: ['rule-test', id],
		queryFn: async ({ signal }) =>
			(await fetchDeliveries(http, '', null, signal, LOOK_AT)).items.filter((one) => one.alertId === id),
		enabled: id !== null,
		staleTime: 0,
		refetchInterval: watching ? WATCH_MS : false,
	});
	const done = data !== undefined && data.length > 0 && data.every((one) => ['delivered', 'dead'].includes(one.status));
	useEffect(() => {
		if (id === null || done) {
			setWatching(false);
			return;
		}
		setWatching(true);
		const timer = setTimeout(() => setWatching(false), WATCH_LIMIT_MS);
		return () => clearTimeout(timer);
	}, [id, done]);
	return (
		<section className={parts.card} aria-label={t('ruleTest.title')}>
			<p className={parts.lead}>{t('ruleTest.hint')}</p>
			<div className={parts.actions}>
				<ActionButton
					className={controls.button}
					data-testid="rule-test"
					working={working}
					onClick={() => void send(async () => setId(await testRule(http, rule.id)))}
				>
					<Send size={15} aria-hidden="true" />
					{t('ruleTest.send')}
				</ActionButton>
			</div>
			<Failure error={error} />
			<div role="status" data-testid="rule-test-result">
				{data !== undefined && <DeliveryList deliveries={data} onChanged={() => void refetch()} />}
			</div>
		</section>
	);
}
