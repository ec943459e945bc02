import { describe, expect, it } from 'vitest';
import { Clock } from './clock';

describe("the server's clock", () => {
	it('is the local one until the server has spoken', () => {
		expect(new Clock(() => 5_000).now()).toBe(5_000);
	});

	it('corrects a computer whose clock is an hour off', () => {
		let local = 1_000;
		const clock = new Clock(() => local);
		clock.learn(3_601_000);
		local = 2_500;
		expect(clock.now()).toBe(3_602_500);
	});

	it('keeps the sample that travelled least', () => {
		const clock = new Clock(() => 10_000);
		clock.learn(9_900);
		clock.learn(9_970);
		clock.learn(9_800);
		expect(clock.now()).toBe(9_970);
	});

	it('follows a clock that was set anew', () => {
		const clock = new Clock(() => 10_000);
		clock.learn(10_000);
		clock.learn(4_000);
		expect(clock.now()).toBe(4_000);
	});
});
