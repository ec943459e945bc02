import { QueryClientProvider } from '@tanstack/react-query';
import { configure, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createServices, type Services, ServicesContext } from '../app/services';
import { LanguageProvider, type Spoken } from '../i18n/language';
import { POLISH } from '../i18n/translate';

// A machine that is busy with other things is no failure.
configure({ asyncUtilTimeout: 10_000 });

/** Draws a part of the page as the program does, with services of its own. */
export function draw(
	part: ReactNode,
	first: Spoken = { language: 'pl', catalogue: POLISH },
	services: Services = createServices(),
) {
	const within = (children: ReactNode) => (
		<ServicesContext value={services}>
			<QueryClientProvider client={services.queries}>
				<LanguageProvider first={first}>{children}</LanguageProvider>
			</QueryClientProvider>
		</ServicesContext>
	);
	const drawn = render(within(part));
	return { ...drawn, services, redraw: (next: ReactNode) => drawn.rerender(within(next)) };
}
