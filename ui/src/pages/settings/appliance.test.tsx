// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readOffice } from '../../api/office';
import { MailForm } from '../../office/MailForm';
import { draw } from '../../testing/render';
import { BackupList } from './BackupList';
import { HeartbeatPanel } from './HeartbeatPanel';
import { StoragePanel } from './StoragePanel';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

function answering(body: unknown) {
	vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body)));
}

describe('the backups', () => {
	const failed = { startedAt: hoursAgo(1), durationMs: 5, file: null, verified: false, present: false, error: 'dysk jest pełny' };
	const gone = {
		startedAt: hoursAgo(70),
		file: 'b.tar.zst',
		sizeBytes: 1_400,
		databaseBytes: 9_000,
		verified: true,
		present: false,
	};

	it('are red after two days without a proved one, and say what went wrong', async () => {
		answering({ enabled: true, keepDays: 30, lastGoodAt: hoursAgo(50), items: [failed, gone], nextCursor: null });
		draw(<BackupList />);
		const state = await screen.findByTestId('backup-state');
		expect(state.dataset.health).toBe('old');
		expect(state.querySelector('[data-kind="bad"]')).not.toBeNull();
		expect(state.textContent).toContain('starsza niż 48 godzin');
		screen.getByText('Ostatnia próba się nie powiodła: dysk jest pełny');
		expect(screen.getAllByTestId('backup-row').map((row) => row.dataset.state)).toEqual(['failed', 'away']);
	});

	it('say that there are none, and that they are off', async () => {
		answering({ enabled: true, keepDays: 30, lastGoodAt: null, items: [], nextCursor: null });
		draw(<BackupList />);
		expect((await screen.findByTestId('backup-state')).dataset.health).toBe('none');
		cleanup();
		answering({ enabled: false, lastGoodAt: null, items: [], nextCursor: null });
		draw(<BackupList />);
		await screen.findByText(/Nocne kopie zapasowe są wyłączone/);
	});
});

describe('the room for the data', () => {
	const room = { level: 'warning', freeBytes: 5e9, usedPercent: 91, databaseBytes: 4e9, unusedBytes: 1e9, captureStopped: false };

	it('warns of a disk that is soon full', async () => {
		answering({ ...room, bytesPerDay: 1e9, daysUntilFull: 5.4 });
		draw(<StoragePanel />);
		expect((await screen.findByTestId('storage-forecast')).textContent).toContain('za około 5 dni');
		screen.getByText('Na dysku zaczyna brakować miejsca.');
		screen.getByText('91%');
	});

	it('forecasts nothing for what does not grow', async () => {
		answering({ ...room, level: 'ok', bytesPerDay: -2e6, daysUntilFull: null });
		draw(<StoragePanel />);
		expect((await screen.findByTestId('storage-forecast')).textContent).toBe('Zajęte miejsce nie rośnie.');
		screen.getByText('−2 MB');
	});
});

describe('the watch from outside', () => {
	it('says when it was heard, and that it is not', async () => {
		answering({ enabled: true, host: 'hc.example', everyMs: 60_000, failures: 0, heardAt: new Date().toISOString() });
		draw(<HeartbeatPanel />);
		await screen.findByText('Nadzór: hc.example, co 1 min. Ostatni sygnał dotarł przed chwilą.');
		cleanup();
		answering({ enabled: true, host: 'hc.example', everyMs: 60_000, failures: 3, heardAt: null });
		draw(<HeartbeatPanel />);
		await screen.findByText('hc.example nie odbiera sygnału: 3 nieudane próby z rzędu.');
	});
});

describe('the mail server', () => {
	it('says that its stored password cannot be opened', () => {
		const settings = readOffice({
			smtp: { host: 'poczta.example', port: 25, from: 'a@b.example', security: 'tls', password: '********' },
			sealedMissing: ['smtp.password'],
		});
		draw(<MailForm settings={settings} onSaved={() => {}} onStale={() => {}} />);
		expect(screen.getByTestId('secret-missing').textContent).toContain('secret_missing');
	});
});
