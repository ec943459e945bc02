// A person at the page: one browser window that notes everything which must not happen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Until something is taken for broken. Nothing here is a target of speed: those are measured by bench.mjs, and machines that test are busy. */
const PATIENCE_MS = 20_000;

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Every size in both themes; and, where pages are many, each size and each theme once. */
export const LOOKS = [
	['desktop', DESKTOP, 'light'],
	['desktop', DESKTOP, 'dark'],
	['phone', PHONE, 'light'],
	['phone', PHONE, 'dark'],
];
export const FEWER_LOOKS = [LOOKS[0], LOOKS[3]];

export class Visitor {
	/** What went wrong unseen: errors on the console, broken policy, requests to elsewhere. */
	#noise = [];
	#outage = false;

	static async arrive(browser, origin) {
		const visitor = new Visitor();
		visitor.origin = origin;
		visitor.context = await browser.newContext({ viewport: DESKTOP, locale: 'pl-PL', timezoneId: 'Europe/Warsaw' });
		await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
		visitor.page = await visitor.context.newPage();
		visitor.page.setDefaultTimeout(PATIENCE_MS);
		await visitor.#listen();
		return visitor;
	}

	async #listen() {
		const { page } = this;
		page.on('console', (message) => {
			if (message.type() === 'error' && !this.#outage) this.#noise.push(`console: ${message.text()} (${message.location().url})`);
		});
		page.on('pageerror', (error) => this.#noise.push(`error: ${error.message}`));
		page.on('request', (request) => {
			if (!request.url().startsWith(this.origin)) this.#noise.push(`request to elsewhere: ${request.url()}`);
		});
		page.on('dialog', (dialog) => this.#noise.push(`native dialog: ${dialog.message()}`));
		await page.exposeFunction('noteViolation', (what) => this.#noise.push(`content security policy: ${what}`));
		await page.addInitScript(() => {
			addEventListener('securitypolicyviolation', (event) => {
				window.noteViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}`);
			});
		});
	}

	/** While the server is away, and while nobody is signed in, the browser itself writes failed requests to the console. */
	async expectingFailures(during) {
		this.#outage = true;
		try {
			return await during();
		} finally {
			this.#outage = false;
		}
	}

	mustBeQuiet() {
		if (this.#noise.length > 0) throw new Error([...new Set(this.#noise)].join('\n'));
	}

	async open(path) {
		await this.page.goto(this.origin + path);
	}

	/** The element with a test id and exact values of attributes: find('step', { status: 'failed' }). */
	find(testId, attributes = {}) {
		const rest = Object.entries(attributes).map(([name, value]) => `[data-${name}="${value}"]`);
		return this.page.locator(`[data-testid="${testId}"]${rest.join('')}`);
	}

	row(id, attributes = {}) {
		return this.find('execution-row', { 'execution-id': id, ...attributes });
	}

	async live() {
		await this.find('connection', { state: 'live' }).waitFor();
	}

	/** Everything that automatic checks can know of accessibility, by WCAG 2.2 AA. */
	async mustBeAccessible(where) {
		if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe);
		const violations = await this.page.evaluate(async () => {
			const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
			const result = await window.axe.run(document, { runOnly: tags });
			return result.violations.map(
				(v) =>
					`${v.id}: ${v.help} (${v.nodes
						.map((node) => node.target.join(' '))
						.slice(0, 3)
						.join(', ')})`,
			);
		});
		if (violations.length > 0) throw new Error(`${where} is not accessible:\n${violations.join('\n')}`);
	}

	/** Checks the page as it is: accessible, within the window, pressed easily on a phone. It is left light and wide. */
	async mustLookRight(where, looks = LOOKS) {
		await this.page.locator('main[data-page]').waitFor(); // until its program is there, nothing is
		for (const [name, size, theme] of looks) {
			await this.page.setViewportSize(size);
			await this.find('theme').selectOption(theme);
			await this.mustBeAccessible(`${where} (${name}, ${theme})`);
			await this.mustFit(`${where} (${name})`);
			if (name === 'phone') await this.mustBeTouchable(where);
			await this.#picture(`${where}-${name}-${theme}`);
		}
		await this.find('theme').selectOption('light');
		await this.page.setViewportSize(DESKTOP);
	}

	/** Keeps what the page looks like where FLOWWATCH_PICTURES names a folder. */
	async #picture(name) {
		const folder = process.env.FLOWWATCH_PICTURES;
		if (folder) await this.page.screenshot({ path: `${folder}/${name.replaceAll(/[/?&=]/g, '_')}.png` });
	}

	/** Nothing may stick out of the window sideways. */
	async mustFit(where) {
		const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
		if (wide > 0) throw new Error(`${where} is ${wide} px wider than the window`);
	}

	/** What is pressed must be big enough: 24 px by WCAG 2.2, links within text excepted. */
	async mustBeTouchable(where) {
		const small = await this.page.evaluate(() =>
			[...document.querySelectorAll('button, select, input')]
				.map((one) => ({ one, box: one.getBoundingClientRect() }))
				.filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
				.map(({ one, box }) => `${one.outerHTML.slice(0, 80)} ${Math.round(box.width)}×${Math.round(box.height)}`),
		);
		if (small.length > 0) throw new Error(`${where} has controls smaller than 24 px:\n${small.join('\n')}`);
	}
}

export function equal(seen, wanted, what) {
	const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
	if (a !== b) throw new Error(`${what}: seen ${a}, wanted ${b}`);
}

export function truly(condition, what) {
	if (!condition) throw new Error(what);
}

/** Waits until a value is as wanted; says what it was at last when it never is. */
export async function until(read, wanted, what, limitMs = PATIENCE_MS) {
	const end = Date.now() + limitMs;
	let seen = await read();
	while (JSON.stringify(seen) !== JSON.stringify(wanted) && Date.now() < end) {
		await new Promise((later) => setTimeout(later, 25));
		seen = await read();
	}
	equal(seen, wanted, `${what}, after ${limitMs} ms`);
}
