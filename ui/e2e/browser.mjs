// Drives the built page in a real browser against the real program. It prints a line for each promise, and ends with 1 if one is broken.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Appliance } from './appliance.mjs';
import { launch } from './chromium.mjs';
import { promises } from './promises.mjs';
import { Visitor } from './visitor.mjs';

/** Five times what all promises take on two idle cores: a machine that is busy is no failure. */
const TOTAL_LIMIT_MS = 900_000;
const pictures = fileURLToPath(new URL('../test-results', import.meta.url));

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
	browser = await launch();
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
