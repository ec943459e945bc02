import { useState } from 'react';
import { Link } from 'wouter';
import type { Block, Guide, Span } from '../../api/integrations';
import controls from '../../design/controls.module.css';
import { Line } from '../../forms/Line';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { CodeBox } from './CodeBox';

/** What takes the place of {token} and {key} in what is to be pasted, and where one is made. */
const SECRETS = [
	['token', '{token}', '/settings/tokens'],
	['key', '/ping/{key}', '/settings/ping-keys'],
	['key', '/feed/{key}', '/settings/feed-keys'],
] as const;

/** What to set up in an engine, with this server's address and, if one is written, the secret filled in. */
export function GuideText({ guide }: { readonly guide: Guide }) {
	const { t } = useSpeech();
	const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
	const code = guide.blocks.map((block) => (block.kind === 'code' ? block.code : '')).join();
	const filled = (text: string) =>
		text.replace(/\{(url|token|key)\}/g, (hole, name: string) => (name === 'url' ? guide.url : given[name] || hole));
	const [first, ...rest] = guide.blocks;
	const examples = guide.blocks.filter((block) => block.kind === 'code');
	const secrets = SECRETS.filter(([, hole]) => code.includes(hole));
	return (
		<section className={styles.card} aria-labelledby="guide" data-testid="guide" data-engine={guide.engine}>
			<h2 id="guide">{guide.title}</h2>
			{first !== undefined && first.kind !== 'code' && <OneBlock block={first} />}
			{secrets.length > 0 && (
				<div className={styles.fields}>
					{secrets.map(([name]) => (
						<Line
							key={name}
							name={name}
							label={t(`integrations.${name}`)}
							hint={t('integrations.secretHint')}
							autoComplete="off"
							value={given[name] ?? ''}
							onChange={(event) => setGiven({ ...given, [name]: event.target.value.trim() })}
						/>
					))}
					<div className={styles.actions} data-wide="">
						{secrets.map(([name, , href]) => (
							<Link key={name} className={controls.button} href={href}>
								{t(name === 'token' ? 'tokens.create' : 'ping.create')}
							</Link>
						))}
					</div>
				</div>
			)}
			{rest.map((block, place) =>
				block.kind === 'code' ? (
					<CodeBox
						// biome-ignore lint/suspicious/noArrayIndexKey: a guide is drawn anew as a whole
						key={place}
						label={t('integrations.example', { n: String(examples.indexOf(block) + 1), language: block.language })}
						code={filled(block.code)}
					/>
				) : (
					// biome-ignore lint/suspicious/noArrayIndexKey: a guide is drawn anew as a whole
					<OneBlock key={place} block={block} />
				),
			)}
		</section>
	);
}

function OneBlock({ block }: { readonly block: Exclude<Block, { kind: 'code' }> }) {
	switch (block.kind) {
		case 'heading':
			return (
				<h3 className={styles.step}>
					<Words spans={block.text} />
				</h3>
			);
		case 'paragraph':
			return (
				<p>
					<Words spans={block.text} />
				</p>
			);
		case 'list':
			return (
				<ul className={styles.list}>
					{block.items.map((item) => (
						<li key={item[0]?.text}>
							<Words spans={item} />
						</li>
					))}
				</ul>
			);
	}
}

function Words({ spans }: { readonly spans: readonly Span[] }) {
	return spans.map(({ text, kind }, place) => {
		const Tag = kind === 'code' ? 'code' : kind === 'strong' ? 'b' : 'span';
		// biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
		return <Tag key={place}>{text}</Tag>;
	});
}
