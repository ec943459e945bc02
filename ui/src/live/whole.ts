import type { Frame, WholeTopic } from './protocol';

type Listener = (data: unknown) => void;

/** Hands on what is told whole: the newest frame of a topic is all there is to know of it. */
export class Whole {
	private readonly listeners = new Map<WholeTopic, Set<Listener>>();

	listen(topic: WholeTopic, listener: Listener): () => void {
		const all = this.listeners.get(topic) ?? new Set();
		this.listeners.set(topic, all);
		all.add(listener);
		return () => {
			all.delete(listener);
		};
	}

	readonly take = (frame: Frame): void => {
		if (frame.kind !== 'whole') return;
		for (const listener of [...(this.listeners.get(frame.topic) ?? [])]) listener(frame.data);
	};
}
