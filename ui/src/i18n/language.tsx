import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { remember, remembered } from '../app/memory';
import { Format } from './format';
import { type Catalogue, LANGUAGES, type Language, loadCatalogue, POLISH, type Translate, translator } from './translate';

interface Speech {
	readonly language: Language;
	readonly t: Translate;
	readonly format: Format;
	readonly speak: (language: Language) => void;
}

const SpeechContext = createContext<Speech | null>(null);
const KEY = 'flowwatch.language';

/** The language that is spoken, Polish unless another was chosen before. */
export function chosenLanguage(): Language {
	return LANGUAGES.find((language) => language === remembered(KEY)) ?? 'pl';
}

/** A language with its messages. */
export interface Spoken {
	readonly language: Language;
	readonly catalogue: Catalogue;
}

/** Loads the chosen language; Polish, which needs no loading, when that fails. */
export async function loadChosen(): Promise<Spoken> {
	const language = chosenLanguage();
	try {
		return { language, catalogue: await loadCatalogue(language) };
	} catch {
		return { language: 'pl', catalogue: POLISH };
	}
}

interface LanguageProviderProps {
	readonly first: Spoken;
	readonly children: ReactNode;
}

export function LanguageProvider({ first, children }: LanguageProviderProps) {
	const [spoken, setSpoken] = useState(first);

	const speak = useCallback((language: Language) => {
		remember(KEY, language);
		void loadCatalogue(language).then((catalogue) => setSpoken({ language, catalogue }));
	}, []);

	useEffect(() => {
		document.documentElement.lang = spoken.language;
	}, [spoken]);

	const speech = useMemo(() => {
		const t = translator(spoken.language, spoken.catalogue);
		return { language: spoken.language, t, format: new Format(spoken.language, t), speak };
	}, [spoken, speak]);

	return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
	const speech = use(SpeechContext);
	if (speech === null) throw new Error('BUG: no LanguageProvider');
	return speech;
}
