// Sets the theme before the first paint, so that a dark page never flashes white. src/app/theme.ts goes on from here.
(() => {
	let theme = new URLSearchParams(location.search).get('theme');
	try {
		theme = theme || localStorage.getItem('flowwatch.theme');
	} catch {}
	if (theme === 'system') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
	document.documentElement.dataset.theme = theme === 'dark' ? 'dark' : 'light';
})();
