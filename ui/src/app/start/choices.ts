import { Signal } from '../../live/signal';
import { remember, remembered } from '../memory';

export const STEPS = ['administrator', 'office', 'mail', 'backup', 'engine'] as const;
export type Step = (typeof STEPS)[number];

const KEY = 'flowwatch.start';

export interface Choices {
	/** Somebody does not want to see the steps any more. */
	readonly dismissed: boolean;
	readonly skipped: readonly Step[];
}

/** What somebody chose about the first steps; it stays in this browser. */
export class StartChoices {
	readonly chosen = new Signal<Choices>(read());

	dismiss(dismissed: boolean): void {
		this.keep({ ...this.chosen.get(), dismissed });
	}

	skip(step: Step, skipped: boolean): void {
		const others = this.chosen.get().skipped.filter((one) => one !== step);
		this.keep({ ...this.chosen.get(), skipped: skipped ? [...others, step] : others });
	}

	private keep(choices: Choices): void {
		remember(KEY, JSON.stringify(choices));
		this.chosen.set(choices);
	}
}

function read(): Choices {
	try {
		const kept = JSON.parse(remembered(KEY) ?? 'null') as Partial<Choices> | null;
		const skipped = STEPS.filter((step) => kept?.skipped?.includes(step) === true);
		return { dismissed: kept?.dismissed === true, skipped };
	} catch {
		return { dismissed: false, skipped: [] };
	}
}
