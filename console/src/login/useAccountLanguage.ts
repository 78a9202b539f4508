import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { changeMe } from "../api/calls";
import type { Language, User } from "../api/types";
import { PICTURE } from "../pictures/usePicture";
import { useSpeech } from "../words/language";

/** The server explains things in the account's language, so page and account are kept the same. */
export function useAccountLanguage(user: User): (language: Language) => void {
  const { language, isChosen, follow } = useSpeech();
  const queries = useQueryClient();
  function remember(chosen: Language): void {
    changeMe({ language: chosen })
      .then(() => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== PICTURE }))
      .catch(() => null); // the page speaks it already; the account follows at the next login
  }
  useEffect(() => {
    if (language === user.language) return;
    if (isChosen) remember(language);
    else follow(user.language);
    // once, as the account comes in: later switches are remembered where they are made
    // oxlint-disable-next-line react/exhaustive-deps
  }, [user.id]);
  return remember;
}
