import '../design/tokens.css';
import '../design/base.css';
import { createRoot } from 'react-dom/client';
import { LanguageProvider, loadChosen } from '../i18n/language';
import { App } from './App';
import { createServices, ServicesContext } from './services';

const services = createServices();
const first = await loadChosen();

// A closed page frees its socket at once; one that comes back from the browser's cache connects again.
addEventListener('pagehide', () => services.connection.stop());
addEventListener('pageshow', (event) => {
	if (event.persisted && services.session.state.get().phase === 'in') services.connection.start();
});
addEventListener('online', () => services.connection.connectNow());
document.addEventListener('visibilitychange', () => {
	if (document.hidden) return;
	services.connection.connectNow();
	services.connection.look();
});

const root = document.getElementById('root');
if (root === null) throw new Error('BUG: index.html has no #root');
createRoot(root).render(
	<ServicesContext value={services}>
		<LanguageProvider first={first}>
			<App />
		</LanguageProvider>
	</ServicesContext>,
);
