import { useEffect } from "react";
import { changeMe } from "../api/calls";
import type { Language, User } from "../api/types";
import { useSpeech } from "../words/language";

function remember(language: Language): void {
  changeMe({ language }).catch(() => null); // the page speaks it already; the account follows at the next login
}

/** The server explains things in the account's language, so page and account are kept the same. */
export function useAccountLanguage(user: User): (language: Language) => void {
  const { language, isChosen, follow } = useSpeech();
  useEffect(() => {
    if (language === user.language) return;
    if (isChosen) remember(language);
    else follow(user.language);
    // once, as the account comes in: later switches are remembered where they are made
    // oxlint-disable-next-line react/exhaustive-deps
  }, [user.id]);
  return remember;
}
