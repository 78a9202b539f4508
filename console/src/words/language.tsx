/** Which language the reader has chosen, and every word in it. */

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { speak } from "../api/client";
import type { Language } from "../api/types";
import { CATALOGUES, type Words } from "./catalogue";

const STORED_AS = "patrol.language";

interface Speech {
  readonly language: Language;
  readonly words: Words;
  /** What the reader picked in this browser, if anything. */
  readonly isChosen: boolean;
  readonly choose: (language: Language) => void;
  /** Speak as the account says, as long as nothing was picked here. */
  readonly follow: (language: Language) => void;
}

const SpeechContext = createContext<Speech | null>(null);

export function firstLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === "en" || stored === "zh") return stored;
  const known = browser.map((tag) => tag.slice(0, 2)).find((tag) => tag === "en" || tag === "zh");
  return known === "zh" ? "zh" : "en";
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(() => {
    const first = firstLanguage(localStorage.getItem(STORED_AS), navigator.languages);
    speak(first);
    return first;
  });
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const speech = useMemo(() => {
    const follow = (said: Language): void => {
      speak(said);
      setLanguage(said);
    };
    const choose = (chosen: Language): void => {
      localStorage.setItem(STORED_AS, chosen);
      follow(chosen);
    };
    const isChosen = localStorage.getItem(STORED_AS) !== null;
    return { language, words: CATALOGUES[language], isChosen, choose, follow };
  }, [language]);

  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error("useSpeech outside LanguageProvider");
  return speech;
}

export function useWords(): Words {
  return useSpeech().words;
}
