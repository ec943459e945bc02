import type { Alert } from '../api/alerts';
import { Signal } from '../live/signal';
import { remember, remembered } from './memory';

/** How somebody wishes to be told of critical alerts besides the page itself. */
export interface AlarmWish {
	readonly notify: boolean;
	readonly sound: boolean;
}

const KEY = 'flowwatch.alarm';
/** The alert that was told last: another window of the same browser does not tell it again. */
const TOLD = 'flowwatch.alarmed';

/** The pitches of the sound in Hz, one after the other, and how long each lasts, in s. */
const PITCHES = [880, 660, 880];
const NOTE_S = 0.16;

/** Tells of critical alerts by the browser's notifications and by a sound, as far as that is wished for; off at first. */
export class Alarm {
	readonly wish = new Signal<AlarmWish>(storedWish());

	choose(change: Partial<AlarmWish>): void {
		const next = { ...this.wish.get(), ...change };
		remember(KEY, [next.notify && 'notify', next.sound && 'sound'].filter(Boolean).join(' '));
		this.wish.set(next);
	}

	/** Asks the browser for its leave; answers whether notifications are shown. */
	async askLeave(): Promise<boolean> {
		if (typeof Notification === 'undefined') return false;
		if (Notification.permission === 'granted') return true;
		return (await Notification.requestPermission()) === 'granted';
	}

	/** Tells of an alert. open is called when somebody presses the notification. */
	ring(alert: Alert, title: string, open: () => void): void {
		const { notify, sound } = this.wish.get();
		if ((!notify && !sound) || remembered(TOLD) === alert.id) return;
		remember(TOLD, alert.id);
		if (sound) beep();
		if (!notify || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
		try {
			const shown = new Notification(title, { body: alert.message, tag: alert.id, icon: '/favicon-failed.svg' });
			shown.onclick = () => {
				window.focus();
				shown.close();
				open();
			};
		} catch {
			// A browser that has notifications only in service workers.
		}
	}
}

function storedWish(): AlarmWish {
	const words = (remembered(KEY) ?? '').split(' ');
	return { notify: words.includes('notify'), sound: words.includes('sound') };
}

/** Sounds once. A browser plays nothing before somebody has pressed something in the page. */
export function beep(): void {
	if (typeof AudioContext === 'undefined') return;
	const audio = new AudioContext();
	const gain = audio.createGain();
	gain.gain.value = 0.15;
	gain.connect(audio.destination);
	PITCHES.forEach((pitch, n) => {
		const tone = audio.createOscillator();
		tone.frequency.value = pitch;
		tone.connect(gain);
		tone.start(audio.currentTime + n * NOTE_S);
		tone.stop(audio.currentTime + (n + 0.85) * NOTE_S);
		if (n === PITCHES.length - 1) tone.onended = () => void audio.close();
	});
}
