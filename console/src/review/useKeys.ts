import { useEffect, useEffectEvent } from "react";
import { type Action, actionOf, isPlayers, isTyping } from "./keys";

export function useKeys(act: (action: Action) => void): void {
  const onPress = useEffectEvent((event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && (isTyping(event.target) || isPlayers(event, event.target))) return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    act(action);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onPress(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
