import { describe, expect, it } from 'vitest';
import { keyOf, PAUSE_MS, SHORTCUTS, ShortcutReader } from './shortcuts';

const typed = (keys: readonly string[], letters = true, pause = 100) => {
	const reader = new ShortcutReader();
	return keys.map((key, n) => reader.read(key, 1_000 + n * pause, letters));
};
const pressed = (key: string, part: Partial<KeyboardEvent> = {}) => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	...part,
});

describe('shortcuts', () => {
	it('of two keys wait for the second, and forget the first after a while', () => {
		expect(typed(['g', 'a'])).toEqual([null, 'goAlerts']);
		expect(typed(['g', 'a'], true, PAUSE_MS + 1)).toEqual([null, 'acknowledge']);
		expect(typed(['g', 'x', 'a'])).toEqual([null, null, 'acknowledge']);
		expect(typed(['g', 'g', 'k'])).toEqual([null, null, 'goQueue']);
	});

	it('of single letters can be switched off, the palette cannot', () => {
		expect(typed(['p', 'g', 'a', '?', 'mod+k'], false)).toEqual([null, null, null, null, 'palette']);
		expect(typed(['p', 'mod+k'])).toEqual(['pause', 'palette']);
	});

	it('leave what belongs to the browser alone', () => {
		expect(keyOf(pressed('r', { ctrlKey: true }))).toBe('');
		expect(keyOf(pressed('k', { metaKey: true }))).toBe('mod+k');
		expect(keyOf(pressed('[', { ctrlKey: true, altKey: true }))).toBe('[');
		expect(keyOf(pressed('J'))).toBe('j');
	});

	it('are each there once', () => {
		const keys = SHORTCUTS.map((one) => one.keys.join(' '));
		expect(new Set(keys).size).toBe(keys.length);
	});
});
