import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { licences } from './scripts/licences.ts';

// File names carry no hashes and nothing is inlined: the folder dist is
// committed, and the content security policy allows no data: addresses.
export default defineConfig({
	plugins: [react(), licences()],
	build: {
		target: 'es2022',
		assetsInlineLimit: 0,
		// One style sheet for all pages: it is small, and no page is drawn without it. Its layers are ordered by public/layers.css.
		cssCodeSplit: false,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		rolldownOptions: {
			output: {
				entryFileNames: 'assets/[name].js',
				chunkFileNames: 'assets/[name].js',
				assetFileNames: 'assets/[name][extname]',
			},
		},
	},
	server: { proxy: { '/api': { target: process.env.FLOWWATCH_URL ?? 'http://127.0.0.1:8080', ws: true } } },
	test: { include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
});
