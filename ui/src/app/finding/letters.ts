import { Signal } from '../../live/signal';
import { forget, remember, remembered } from '../memory';

const KEY = 'flowwatch.letters';

/** Whether shortcuts of single letters are on (WCAG 2.1.4). Who speaks to the computer switches them off. */
export class Letters {
	readonly on = new Signal(remembered(KEY) !== 'off');

	choose(on: boolean): void {
		if (on) forget(KEY);
		else remember(KEY, 'off');
		this.on.set(on);
	}
}
