// Drives the built page in a real browser against the real program. It prints a line for each promise, and ends with 1 if one is broken.

import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Appliance } from './appliance.mjs';
import { promises } from './promises.mjs';
import { Visitor } from './visitor.mjs';

/** Twice what all promises take on two cores that others use, too: a machine that is busy is no failure. */
const TOTAL_LIMIT_MS = 300_000;
const pictures = fileURLToPath(new URL('../test-results', import.meta.url));

function browserPath() {
	for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
		for (const folder of (process.env.PATH ?? '').split(delimiter)) {
			try {
				accessSync(join(folder, name), constants.X_OK);
				return join(folder, name);
			} catch {
				// Not there.
			}
		}
	}
	throw new Error('no chromium, chromium-browser or google-chrome in PATH: "make setup" installs it');
}

async function test(appliance, browser) {
	const link = await appliance.start();
	const visitor = await Visitor.arrive(browser, appliance.origin);
	for (const [promise, keep] of promises) {
		const begun = Date.now();
		try {
			await keep({ appliance, browser, visitor, page: visitor.page, link });
			visitor.mustBeQuiet();
			console.log(`ok      ${promise} (${Date.now() - begun} ms)`);
		} catch (error) {
			await mkdir(pictures, { recursive: true });
			await visitor.page.screenshot({ path: join(pictures, 'failure.png') }).catch(() => {});
			console.error(`BROKEN  ${promise}\n        ${error.message.replaceAll('\n', '\n        ')}`);
			console.error(`        at ${visitor.page.url()}, seen in ui/test-results/failure.png`);
			if (appliance.lastWords !== null) console.error(appliance.lastWords);
			return false;
		}
	}
	return true;
}

const appliance = new Appliance();
let browser = null;
let kept = false;
const leave = async () => {
	await browser?.close().catch(() => {});
	await appliance.remove();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => leave().then(() => process.exit(1)));
try {
	const begun = Date.now();
	await appliance.build();
	// Containers: root may not use the sandbox, and shared memory is small.
	const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
	browser = await chromium.launch({ executablePath: browserPath(), args });
	const late = setTimeout(async () => {
		console.error(`BROKEN  the browser test takes longer than ${TOTAL_LIMIT_MS / 1_000} s`);
		await leave();
		process.exit(1);
	}, TOTAL_LIMIT_MS);
	kept = await test(appliance, browser);
	clearTimeout(late);
	if (kept)
		console.log(`the page keeps ${promises.length} promises, ${((Date.now() - begun) / 1_000).toFixed(1)} s with building`);
} catch (error) {
	console.error(error.stderr || error.message);
} finally {
	await leave();
}
process.exitCode = kept ? 0 : 1;
