import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { licences } from './scripts/licences.ts';
import { styleNames } from './scripts/stylenames.ts';
import { values } from './scripts/values.ts';

// File names carry no hashes and nothing is inlined: the folder dist is
// committed, and the content security policy allows no data: addresses.
export default defineConfig({
	plugins: [react(), licences(), values()],
	resolve: { alias: { 'prop-types': fileURLToPath(new URL('./src/pages/dashboard/proptypes.ts', import.meta.url)) } },
	css: { modules: { generateScopedName: styleNames() } },
	build: {
		target: 'es2022',
		assetsInlineLimit: 0,
		// One style sheet for all pages: it is small, and no page is drawn without it. Its layers are ordered by public/layers.css.
		cssCodeSplit: false,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		rolldownOptions: {
			output: {
				// Few chunks: a hundred small ones compress worse by a tenth, and each is asked for on its own.
				codeSplitting: {
					groups: [
						{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 4 },
						{ name: 'icons', test: /lucide-react/, minShareCount: 2, priority: 3 },
						{ name: 'shared', test: /\/src\/(app|design|api|i18n|live|url)\//, minShareCount: 2, priority: 2 },
						{ name: 'widgets', test: /\/src\/(widgets|gantt|charts)\//, minShareCount: 2, priority: 1 },
						{ name: 'forms', test: /\/src\/(forms|office|alerts)\//, minShareCount: 2, priority: 1 },
					],
				},
				entryFileNames: 'assets/[name].js',
				chunkFileNames: 'assets/[name].js',
				assetFileNames: 'assets/[name][extname]',
			},
		},
	},
	server: { proxy: { '/api': { target: process.env.FLOWWATCH_URL ?? 'http://127.0.0.1:8080', ws: true } } },
	test: { include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000, pool: 'threads', maxWorkers: '100%' },
});
