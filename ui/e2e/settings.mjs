// What the settings promise: people, passwords, tokens, the audit, and that data leave.
import { readFile } from 'node:fs/promises';
import { Run } from './engine.mjs';
import { equal, FEWER_LOOKS, truly, until, Visitor } from './visitor.mjs';

const ZOFIA = { login: 'zofia', first: 'pierwszy dzień', next: 'własne długie hasło' };

export async function signedIn(browser, origin, login, password, path = '/executions') {
	const visitor = await Visitor.arrive(browser, origin);
	await visitor.expectingFailures(async () => {
		await visitor.open(path);
		const form = visitor.find('login');
		await form.locator('[name=login]').fill(login);
		await form.locator('[name=password]').fill(password);
		await form.locator('button[type=submit]').click();
		await visitor.page.locator('main:not([data-page="login"])').waitFor();
	});
	return visitor;
}

/** J9: a new employee. The administrator makes the account, she signs in and sees what a viewer sees. */
async function people({ visitor, page, browser }) {
	await visitor.open('/executions');
	await page.getByRole('link', { name: 'Ustawienia' }).click();
	await page.locator('main[data-page="settings"]').waitFor();
	equal(new URL(page.url()).pathname, '/settings/account', 'the first part that is allowed');
	await page.getByRole('link', { name: 'Użytkownicy' }).click();
	await visitor.find('user-row', { login: 'anna', active: 'true' }).waitFor();
	await visitor.find('user-new').click();
	const form = visitor.find('user-form');
	await form.locator('[name=name]').fill('Zofia Nowak');
	await form.locator('[name=login]').fill('zofia nowak');
	await form.locator('[name=email]').fill('zofia');
	await form.locator('[name=password]').fill(ZOFIA.first);
	await form.locator('[name=roles][value=viewer]').check();
	await form.getByTestId('client-input').fill('kowalski');
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('form-error').waitFor();
	});
	equal(await form.getByTestId('field-error').count(), 2, 'fields that are wrong');
	equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'login', 'the focus after a refusal');
	await visitor.mustBeAccessible('a form with faults');
	await form.locator('[name=login]').fill(ZOFIA.login);
	await form.locator('[name=email]').fill('zofia@biuro.example');
	await form.locator('button[type=submit]').click();
	const row = visitor.find('user-row', { login: 'zofia' });
	await row.waitFor();
	const said = (await row.innerText()).replace(/\s+/g, ' ');
	truly(said.includes('Zofia Nowak') && said.includes('Podgląd') && said.includes('Tylko 1 klient'), `the row: ${said}`);

	const zofia = await signedIn(browser, visitor.origin, ZOFIA.login, ZOFIA.first);
	await zofia.row('fv-1').waitFor();
	equal(await zofia.row('pl-1').count(), 0, 'rows of other clients');
	const locked = { users: 'Użytkownicy', tokens: 'Tokeny API', audit: 'Dziennik zdarzeń', office: 'Biuro', data: 'Dane i RODO' };
	for (const [part, title] of Object.entries({
		...locked,
		backups: 'Kopie i miejsce',
		log: 'Dziennik serwera',
		retention: locked.data,
	})) {
		await zofia.page.evaluate((path) => history.pushState(null, '', path), `/settings/${part}`);
		await until(() => zofia.page.title(), `${title} – Flowwatch`, 'the title of the part');
		await zofia.find('no-permission').waitFor();
	}
	await zofia.mustBeAccessible('a page without the right');
	await zofia.open('/settings');
	await zofia.find('password-form').waitFor();
	equal(await zofia.page.locator('main nav a').count(), 1, 'parts that a viewer sees');
	zofia.mustBeQuiet();
	await zofia.context.close();
}

/** Her first own password; her one-time passwords begin. */
async function ownPassword({ visitor, browser }) {
	const zofia = await signedIn(browser, visitor.origin, ZOFIA.login, ZOFIA.first, '/settings/account');
	const form = zofia.find('password-form');
	const change = async (present, next, again) => {
		await form.locator('[name=password]').fill(present);
		await form.locator('[name=newPassword]').fill(next);
		await form.locator('[name=again]').fill(again);
		await form.locator('button[type=submit]').click();
	};
	await change(ZOFIA.first, ZOFIA.next, 'coś innego');
	equal(await form.getByTestId('field-error').innerText(), 'Hasła się różnią.', 'two passwords that differ');
	await zofia.expectingFailures(async () => {
		await change('nie to hasło', ZOFIA.next, ZOFIA.next);
		await form.getByTestId('field-error').getByText('Hasło jest nieprawidłowe.').waitFor();
	});
	await change(ZOFIA.first, ZOFIA.next, ZOFIA.next);
	await zofia.find('password-changed').waitFor();
	await zofia.live();
	equal(await zofia.page.locator('main').getAttribute('data-page'), 'settings', 'the page after the change');

	const factor = zofia.find('totp');
	await factor.locator('[name=password]').fill(ZOFIA.next);
	await factor.locator('button[type=submit]').click();
	truly(/^[A-Z2-7]{16,}$/.test(await zofia.find('totp-secret').innerText()), 'a secret in base 32');
	await zofia.mustBeAccessible('one-time passwords');
	await zofia.expectingFailures(async () => {
		await factor.locator('[name=code]').fill('000000');
		await factor.locator('button[type=submit]').click();
		await factor.getByTestId('field-error').waitFor();
	});
	const code = await oneTime(await zofia.find('totp-secret').innerText());
	await factor.locator('[name=code]').fill(code);
	await factor.locator('button[type=submit]').click();
	await zofia.find('recovery-codes').waitFor();
	truly((await zofia.find('recovery-codes').locator('li').count()) >= 8, 'recovery codes');
	await zofia.find('totp', { on: 'true' }).waitFor();
	await factor.getByRole('button', { name: 'Kody zapisane' }).click();
	await factor.locator('[name=password]').fill(ZOFIA.next);
	await factor.locator('button[type=submit]').click();
	await zofia.find('totp', { on: 'false' }).waitFor();
	zofia.mustBeQuiet();
	await zofia.context.close();
	const again = await signedIn(browser, visitor.origin, ZOFIA.login, ZOFIA.next);
	await again.context.close();
}

/** RFC 6238 with SHA-1, 30 s and six digits. */
async function oneTime(secret) {
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
	const bytes = Uint8Array.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
	const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
	const counter = new DataView(new ArrayBuffer(8));
	counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000)));
	const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer));
	const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
	return String(number % 1_000_000).padStart(6, '0');
}

async function conflicts({ visitor, page }) {
	await visitor.open('/settings/users');
	const rowOf = (login) => visitor.find('user-row', { login });
	const id = await rowOf('zofia').getAttribute('data-user-id');
	await rowOf('zofia').getByRole('link').click();
	const form = visitor.find('user-form');
	await form.locator('[name=phone]').fill('+48 600 100 200');
	await page.evaluate(
		(path) => fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"phone":"600 000 000"}' }),
		`/api/admin/users/${id}`,
	);
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByText('Ktoś zmienił te dane w międzyczasie').waitFor();
	});
	await visitor.find('form-reload').click();
	await until(() => form.locator('[name=phone]').inputValue(), '600 000 000', 'the telephone that was stored meanwhile');
	await form.locator('[name=phone]').fill('+48 600 100 200');
	await form.locator('button[type=submit]').click();
	await visitor.find('user-saved').waitFor();
	await visitor.find('user-deactivate').click();
	await visitor.find('user-deactivate-confirm').click();
	await visitor.find('user-state', { active: 'false' }).waitFor();
	await visitor.find('user-activate').click();
	await visitor.find('user-state', { active: 'true' }).waitFor();

	await visitor.open('/settings/users');
	await rowOf('anna').getByRole('link').click();
	await visitor.find('user-remove').click();
	await visitor.mustBeAccessible('a question in the page');
	await visitor.expectingFailures(async () => {
		await visitor.find('user-remove-confirm').click();
		await page.getByText('Organizacja musi mieć co najmniej jednego aktywnego administratora.').waitFor();
	});
	await page.getByRole('button', { name: 'Anuluj' }).click();
	await visitor.find('user-remove').waitFor();
}

async function tokens({ visitor, page }) {
	await visitor.open('/settings/tokens');
	await visitor.find('token-new').click();
	const form = visitor.find('token-form');
	await form.locator('[name=name]').fill('silnik testowy');
	await form.locator('button[type=submit]').click();
	const secret = await visitor.find('token-secret').innerText();
	const post = () =>
		fetch(`${visitor.origin}/api/ingest/events`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
			body: JSON.stringify(new Run('tok-1', 'invoice-processing').execution('started')),
		}).then((answer) => answer.status);
	equal(await post(), 200, 'events with the new token');
	await visitor.mustBeAccessible('the secret of a token');
	await visitor.find('token-copy').click();
	await until(() => page.evaluate(() => navigator.clipboard.readText()), secret, 'the clipboard');
	await visitor.find('token-kept').click();
	equal(await visitor.find('token-secret').count(), 0, 'the secret afterwards');
	const row = page.locator('[data-testid="token-row"]', { hasText: 'silnik testowy' });
	await row.getByTestId('token-revoke').click();
	await row.getByTestId('token-revoke-confirm').click();
	await row.waitFor({ state: 'detached' });
	equal(await post(), 401, 'events with the revoked token');
}

/** J10: who did what, narrowed, proven and taken along. */
async function audit({ visitor, page }) {
	await visitor.open('/settings/audit');
	const rows = (event) => visitor.find('audit-row', event === undefined ? {} : { event });
	await rows('monitoring.token.revoked').waitFor();
	await page.locator('main select[name=event]').selectOption('monitoring.user.');
	await rows('monitoring.token.revoked').waitFor({ state: 'detached' });
	await rows('monitoring.user.created').first().waitFor();
	equal(new URL(page.url()).searchParams.get('event'), 'monitoring.user.', 'the filter in the address');
	await page.locator('main select[name=actor]').selectOption({ label: 'Zofia Nowak' });
	await rows('monitoring.user.created').first().waitFor({ state: 'detached' });
	await rows('monitoring.user.password_changed').waitFor();
	await rows('monitoring.user.password_changed').getByRole('button').click();
	await rows('monitoring.user.password_changed').getByText('127.0.0.1').waitFor();
	await visitor.mustBeAccessible('an opened entry');
	const href = await visitor.find('export', { format: 'csv' }).getAttribute('href');
	const csv = await page.evaluate((path) => fetch(path).then((answer) => answer.text()), href);
	truly(csv.includes('password_changed') && !csv.includes('token.revoked'), `the file as it is filtered: ${csv.slice(0, 400)}`);

	await page.reload();
	await rows('monitoring.user.password_changed').waitFor();
	await page.getByLabel('Od', { exact: true }).fill('2035-01-01T00:00');
	await page.keyboard.press('Enter');
	await page.getByText('Żaden wpis nie pasuje do filtrów.').waitFor();
	await page.getByRole('button', { name: 'Wyczyść filtry' }).click();
	await rows('monitoring.token.revoked').waitFor();

	await visitor.find('audit-verify').click();
	const verdict = visitor.find('audit-verdict', { ok: 'true' });
	await verdict.waitFor();
	truly(Number(await verdict.getAttribute('data-checked')) > 10, 'entries that were checked');
	truly((await verdict.innerText()).includes('Dziennik jest kompletny'), 'the verdict in words');
	await visitor.mustBeAccessible('the verdict');
}

/** J11: what is kept, the clean-up, and a client whose data are erased. */
async function data({ appliance, visitor, page }) {
	const gone = new Run('usun-1', 'document-approval', { clientRef: 'do-usuniecia' });
	await appliance.send(
		gone.execution('started'),
		...gone.done('s1', { output: { pesel: '44051401359' } }),
		gone.execution('completed'),
	);
	await visitor.open('/executions');
	await visitor.live();
	await visitor.row('usun-1').waitFor();
	const others = await whoWatch(visitor);
	await page.getByRole('link', { name: 'Ustawienia' }).click();
	await page.getByRole('link', { name: 'Dane i RODO' }).click();
	await visitor.find('retention').getByText('30 dni').waitFor();
	await visitor.find('retention-next').waitFor();
	await visitor.find('retention-run').click();
	await visitor.find('retention-run-confirm').click();
	await visitor.find('retention-done').waitFor();
	await visitor.find('retention-last').waitFor();

	const form = visitor.find('erasure-form');
	await form.locator('button[type=submit]').click();
	equal(await form.getByTestId('field-error').count(), 2, 'what a wish lacks');
	await form.locator('[name=clientRef]').fill('do-usuniecia');
	await form.locator('[name=reason]').fill('Sprawa 7/2026');
	await form.locator('button[type=submit]').click();
	await visitor.find('erasure-count', { value: '1' }).waitFor();
	truly(await visitor.find('erasure-do').isDisabled(), 'the last step needs the tick');
	await visitor.mustBeAccessible('the confirmation of an erasure');
	await page.locator('main [name=sure]').check();
	await visitor.find('erasure-do').click();
	const report = visitor.find('erasure-report');
	await report.waitFor();
	const said = await report.innerText();
	truly(
		said.includes('Sprawa 7/2026') && said.includes('Kopie zapasowe') && !said.includes('do-usuniecia'),
		`the report: ${said}`,
	);
	await visitor.mustBeAccessible('the report of an erasure');
	await visitor.find('erasure-row').waitFor();
	await others.mustForget();

	await page.getByRole('link', { name: 'Wykonania' }).click();
	await visitor.find('execution-row').first().waitFor();
	await visitor.row('usun-1').waitFor({ state: 'detached' });
	await visitor.open('/executions?client=do-usuniecia');
	await until(() => visitor.find('executions-count').getAttribute('data-value'), '0', 'executions of the client');
	await visitor.open('/settings/audit?event=monitoring.erasure.');
	await visitor.find('audit-row', { event: 'monitoring.erasure.done' }).waitFor();
}

/** Other open pages that show what is about to be erased: a list, one that is paused, and the execution itself. */
async function whoWatch({ context, origin, page }) {
	const row = '[data-testid="execution-row"][data-execution-id="usun-1"]';
	const open = async (path, shown) => {
		const other = await context.newPage();
		await other.goto(origin + path);
		await other.locator('[data-testid="connection"][data-state="live"]').waitFor();
		await other.locator(shown).waitFor();
		return other;
	};
	// One after another: a page that is not in front draws next to nothing, so pressing something there takes long.
	const list = await open('/executions', row);
	const one = await open('/executions/usun-1', '[data-testid="execution-header"]');
	const paused = await open('/executions', row);
	await paused.getByRole('button', { name: 'Wstrzymaj' }).click();
	await page.bringToFront();
	const mustForget = async () => {
		await list.locator(row).waitFor({ state: 'detached' });
		await paused.locator(row).waitFor({ state: 'detached' });
		await paused.locator('[data-testid="connection"][data-state="paused"]').waitFor();
		await one.locator('[data-testid="execution-missing"][data-removed="true"]').waitFor();
		truly((await one.locator('main').innerText()).includes('To wykonanie zostało usunięte'), 'the page of the execution says so');
		for (const other of [list, paused, one]) await other.close();
	};
	return { mustForget };
}

/** Thresholds and retention; what is out of range is said at its field. */
async function office({ visitor }) {
	await visitor.open('/settings/office');
	const form = visitor.find('office-form');
	const depth = form.locator('[name=queueWarnDepth]');
	equal(await depth.inputValue(), '100', 'the depth that holds where nobody said another');
	await depth.fill('7');
	await form.locator('[name=auditDays]').fill('0');
	await visitor.expectingFailures(async () => {
		await form.locator('button[type=submit]').click();
		await form.getByTestId('form-error').waitFor();
	});
	equal(await form.getByTestId('field-error').count(), 1, 'fields that are wrong');
	await form.locator('[name=auditDays]').fill('2190');
	await save(visitor, 'office-form');

	const capture = visitor.find('capture-form');
	await capture.locator('[name=capture]').selectOption('full');
	await capture.getByTestId('capture-workflow').selectOption('invoice-processing');
	await capture.getByTestId('capture-add').click();
	await capture.locator('[name=capture-invoice-processing]').selectOption('full');
	await capture.locator('[name=captureReason]').fill('Błąd w JPK');
	await visitor.expectingFailures(async () => {
		await capture.locator('button[type=submit]').click();
		await capture.getByTestId('field-error').getByText('Proszę podać powód').waitFor();
	});
	equal(await focused(visitor), 'capture-invoice-processingReason', 'the focus after a refusal');
	await capture.locator('[name=capture-invoice-processing]').selectOption('off');
	await save(visitor, 'capture-form');
	await capture.getByTestId('capture-until').waitFor();

	const masking = visitor.find('masking-form');
	await masking.locator('[name=maskKeys]').fill('Nr umowy\n77');
	await visitor.expectingFailures(async () => {
		await masking.locator('button[type=submit]').click();
		await masking.getByTestId('field-error').getByText('„77”').waitFor();
	});
	await masking.locator('[name=maskKeys]').fill('Nr umowy');
	await masking.locator('[name=patterns]').uncheck();
	await save(visitor, 'masking-form');

	await visitor.open('/settings/office');
	equal(await form.locator('[name=queueWarnDepth]').inputValue(), '7', 'the depth after a reload');
	equal(await capture.locator('[name=capture]').inputValue(), 'full', 'what is kept of step data');
	equal(await capture.locator('[name=capture-invoice-processing]').inputValue(), 'off', 'what is kept of one workflow');
	equal(await masking.locator('[name=maskKeys]').inputValue(), 'Nr umowy', 'own names');
	truly(!(await masking.locator('[name=patterns]').isChecked()), 'patterns are off');
	await capture.locator('[name=capture]').selectOption('masked');
	await visitor.find('capture-own').getByRole('button').click();
	await save(visitor, 'capture-form');
	await form.locator('[name=queueWarnDepth]').fill('100');
	await save(visitor, 'office-form');
	await masking.locator('[name=patterns]').check();
	await save(visitor, 'masking-form');
}

async function save(visitor, testId) {
	const form = visitor.find(testId);
	await form.locator('button[type=submit]').click();
	await form.getByTestId('office-saved').waitFor();
}

const focused = ({ page }) => page.evaluate(() => document.activeElement?.getAttribute('name'));

/** Mail and SMS: secrets are written and not shown, hosts are the appliance administrator's. */
async function messages({ visitor, page, browser }) {
	await visitor.open('/settings/office');
	const mail = visitor.find('mail-form');
	const host = mail.locator('[name=host]');
	await host.fill('poczta biura');
	await mail.locator('[name=port]').fill('0');
	await mail.locator('[name=from]').fill('monitor@biuro.example');
	await mail.locator('[name=password]').fill('Wrzosowisko9');
	await visitor.expectingFailures(async () => {
		await mail.locator('button[type=submit]').click();
		await mail.getByTestId('form-error').waitFor();
	});
	equal(await mail.getByTestId('field-error').count(), 2, 'fields that are wrong');
	equal(await focused(visitor), 'host', 'the focus after a refusal');
	await host.fill('poczta.biuro.example');
	await mail.locator('[name=port]').fill('465');
	await mail.locator('[name=security]').selectOption('tls');
	await save(visitor, 'mail-form');
	const sms = visitor.find('sms-form');
	await sms.locator('[name=url]').fill('https://sms.example/api');
	await sms.locator('[name=apiKey]').fill('klucz-bramki');
	await save(visitor, 'sms-form');
	await visitor.open('/settings/office');
	equal(await host.inputValue(), 'poczta.biuro.example', 'the host after a reload');
	equal(await mail.locator('[name=password]').inputValue(), '', 'the password is not shown');
	await mail.getByText('Zapisane i niepokazywane').waitFor();
	truly(!(await page.content()).includes('Wrzosowisko9'), 'the password is nowhere on the page');

	const ola = { login: 'ola', password: 'hasło na początek', name: 'Ola', roles: ['org_admin'] };
	await page.evaluate(
		(body) => fetch('/api/admin/users', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
		JSON.stringify(ola),
	);
	const office = await signedIn(browser, visitor.origin, ola.login, ola.password, '/settings/office');
	const hers = office.find('mail-form');
	await hers.waitFor();
	truly(await hers.locator('[name=host]').isDisabled(), 'the host is locked');
	await hers.locator('[name=from]').fill('biuro@biuro.example');
	await save(office, 'mail-form');
	equal(await office.page.locator('main nav a').count(), 7, 'parts that an office administrator sees');
	await office.mustBeAccessible('settings with locked hosts');
	office.mustBeQuiet();
	await office.context.close();

	await visitor.expectingFailures(async () => {
		await mail.locator('button[type=submit]').click();
		await mail.getByText('Ktoś zmienił te dane w międzyczasie').waitFor();
	});
	await mail.getByRole('button', { name: 'Wczytaj aktualny stan' }).click();
	await until(() => mail.locator('[name=from]').inputValue(), 'biuro@biuro.example', 'the sender that was stored meanwhile');
	await visitor.find('mail-remove').click();
	await visitor.find('mail-remove-confirm').click();
	await until(() => host.inputValue(), '', 'the host that was removed');
	await visitor.find('sms-remove').click();
	await visitor.find('sms-remove-confirm').click();
	await visitor.find('sms-remove').waitFor({ state: 'detached' });
}

/** Would the office survive its machine? The backups, the room that is left, the watch from outside. */
async function backups({ visitor, page }) {
	await visitor.open('/settings/backups');
	await visitor.find('backup-state', { health: 'good' }).waitFor();
	await visitor.find('backup-row', { state: 'verified' }).first().waitFor();
	await visitor.find('storage').getByText(/\d%/).waitFor();
	await visitor.find('storage-forecast').getByText('po dobie pomiarów').waitFor();
	await visitor.find('heartbeat', { enabled: 'false' }).waitFor();
	const [download] = await Promise.all([page.waitForEvent('download'), visitor.find('backup-now').click()]);
	truly(/^flowwatch-.+\.tar\.zst$/.test(download.suggestedFilename()), `the name of the copy: ${download.suggestedFilename()}`);
	const first = await readFile(await download.path());
	equal(first.subarray(0, 4).toString('hex'), '28b52ffd', 'the first bytes of the copy, as zstd has them');
	await visitor.find('backup-made').waitFor();
}

/** The server's own log: narrowed, paused, refreshed. */
async function log({ visitor, page }) {
	await visitor.open('/settings/log');
	const rows = visitor.find('log-row');
	await rows.getByText('serving').waitFor();
	await page.locator('main [name=q]').fill('serving');
	await until(() => rows.count(), 1, 'records of the start');
	truly((await rows.innerText()).includes('scheme=http'), 'the attributes of a record');
	await page.locator('main select[name=level]').selectOption('error');
	await page.getByText('Żaden wpis nie pasuje do filtrów.').waitFor();
	await until(() => new URL(page.url()).search, '?level=error&q=serving', 'the filter in the address');
	await page.locator('main select[name=level]').selectOption('debug');
	await page.locator('main [name=q]').fill('');
	await visitor.find('log-pause').click();
	await visitor.find('log-state', { paused: 'true' }).waitFor();
	await visitor.mustBeAccessible('the log, paused');
	await visitor.find('log-refresh').click();
	await visitor.find('log-pause').click();
	await visitor.find('log-state', { paused: 'false' }).waitFor();
}

async function everySize({ visitor }) {
	await visitor.open('/settings/users');
	const id = await visitor.find('user-row', { login: 'zofia' }).getAttribute('data-user-id');
	const pages = [
		['/settings/account', 'password-form'],
		['/settings/users', 'user-row'],
		['/settings/users/new', 'user-form'],
		[`/settings/users/${id}`, 'user-state'],
		['/settings/tokens', 'token-row'],
		['/settings/audit', 'audit-row'],
		['/settings/office', 'office-form'],
		['/settings/data', 'erasure-row'],
		['/settings/backups', 'backup-row'],
		['/settings/log', 'log-row'],
	];
	for (const [path, handle] of pages) {
		await visitor.open(path);
		await visitor.find(handle).first().waitFor();
		await visitor.mustLookRight(path, FEWER_LOOKS);
	}
	await visitor.open('/executions');
}

export const settingsPromises = [
	['an administrator makes an account, and its owner sees what the role allows', people],
	['the own password and one-time passwords change', ownPassword],
	['conflicts and the last administrator are told kindly', conflicts],
	['a token is shown once, works, and is revoked', tokens],
	['the audit says who did what, and proves itself', audit],
	['data are cleaned up, and a client is erased with a report', data],
	['thresholds, retention and capture are set, and say what is out of range', office],
	['mail and SMS are set, their secrets not shown, their hosts for some only', messages],
	['backups, the room that is left, and a copy to take along', backups],
	["the server's log is narrowed, paused and refreshed", log],
	['the settings pass axe and fit, light on a desktop and dark on a phone', everySize],
];
