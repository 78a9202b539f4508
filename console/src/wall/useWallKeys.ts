import { useEffect, useEffectEvent } from "react";
import { isTyping } from "../review/keys";

/** Keys of the whole page; a shortcut of the browser, and what is typed into a field, stay where they are. */
export function useWallKeys(act: (key: string) => boolean): void {
  const onPress = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof HTMLElement && isTyping(event.target)) return;
    if (act(event.key)) event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onPress(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
