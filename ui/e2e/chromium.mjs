// The browser of the machine.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** Starts the first browser that PATH holds. */
export function launch() {
	// Containers: root may not use the sandbox, and shared memory is small.
	const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
	return chromium.launch({ executablePath: browserPath(), args });
}

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
