import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });

/** The folder of src that a file stands in; of a page the page's own, as in "pages/queue". */
function roomOf(parts: readonly string[]): string {
	return parts[0] === 'pages' && parts.length > 2 ? `pages/${parts[1]}` : (parts[0] ?? '');
}

/** Rooms by the rooms that their files import from, tests apart. */
function arrows(): [from: string, to: string, file: string][] {
	return Object.entries(sources).flatMap(([path, source]) => {
		const file = new URL(path, 'file:///src/testing/').pathname.slice('/src/'.length);
		if (/\.test\.tsx?$/.test(file)) return [];
		const from = roomOf(file.split('/'));
		return [...source.matchAll(/(?:from|import|import\()\s*'(\.[^']*)'/g)].map(([, asked = '']) => {
			const to = new URL(asked, `file:///src/${file}`).pathname.slice('/src/'.length);
			return [from, roomOf(to.split('/')), file] as [string, string, string];
		});
	});
}

const pages = (room: string) => room.startsWith('pages/');

it('pages import no other page, and what pages share imports no page', () => {
	expect(arrows().length).toBeGreaterThan(1_000);
	const wrong = arrows().filter(([from, to]) => pages(to) && from !== to && from !== 'app');
	expect(wrong).toEqual([]);
});

it('what is live knows no React', () => {
	const wrong = Object.entries(sources).filter(([path, source]) => path.startsWith('../live/') && /from 'react/.test(source));
	expect(wrong.map(([path]) => path)).toEqual([]);
});

it('no widget imports another', () => {
	const widget = (path: string) => /widgets\/([a-z]+_[a-z_]+|timeline)\//.exec(path)?.[1];
	const wrong = Object.entries(sources).filter(([path, source]) =>
		[...source.matchAll(/from '(\.[^']*)'/g)].some(([, asked = '']) => {
			const to = widget(new URL(asked, new URL(path, 'file:///src/testing/')).pathname);
			return widget(path) !== undefined && to !== undefined && to !== widget(path);
		}),
	);
	expect(wrong.map(([path]) => path)).toEqual([]);
});
