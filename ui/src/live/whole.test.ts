import { expect, it } from 'vitest';
import { readFrame } from './protocol';
import { Whole } from './whole';

it('hands the newest of a topic to who listens to it', () => {
	const whole = new Whole();
	const heard: unknown[] = [];
	const leave = whole.listen('queue_status', (data) => heard.push(data));
	whole.take(readFrame('{"event":"queue:update","data":{"pendingCount":3}}'));
	whole.take(readFrame('{"event":"metrics:update","data":{"at":"x"}}'));
	whole.take(readFrame('{"event":"execution:update","seq":1,"data":{}}'));
	leave();
	whole.take(readFrame('{"event":"queue:update","data":{"pendingCount":4}}'));
	expect(heard).toEqual([{ pendingCount: 3 }]);
});
