import { useEffect, useRef } from "react";
import { type Action, actionOf, isTyping } from "./keys";

export function useKeys(act: (action: Action) => void): void {
  const newest = useRef(act);
  useEffect(() => {
    newest.current = act;
  });
  useEffect(() => {
    const onPress = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLElement && isTyping(event.target)) return;
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault();
      newest.current(action);
    };
    window.addEventListener("keydown", onPress);
    return () => window.removeEventListener("keydown", onPress);
  }, []);
}
