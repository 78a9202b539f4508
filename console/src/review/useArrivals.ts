/** A sound when a hit comes in, for who wants it; and a word when a guard answers. */

import { App } from "antd";
import { useCallback, useState } from "react";
import type { LiveEvent } from "../api/types";
import { isToHear } from "../live/arrivals";
import { useLiveEvents } from "../live/LiveProvider";
import { useWords } from "../words/language";
import { spoken } from "./queue";
import { chime, unlockSound } from "./chime";

const STORED_AS = "patrol.sound";

export function useArrivals() {
  const words = useWords();
  const { message } = App.useApp();
  const [isSoundOn, setIsSoundOn] = useState(() => localStorage.getItem(STORED_AS) === "on");
  const hear = useCallback(
    (event: LiveEvent): void => {
      if (isSoundOn && isToHear(event)) chime("hit");
      const isAlarm = event.kind === "hit.reopened" || event.reply_kind === "need_help";
      if (isSoundOn && isAlarm) chime("alarm");
      const { number, reply_kind: reply } = event;
      if (event.kind === "reply.received" && reply !== undefined && number !== undefined)
        void message.info(`${spoken(number)} · ${words.dispatch.replies[reply]}`);
    },
    [isSoundOn, message, words],
  );
  useLiveEvents(hear);

  function toggleSound(): void {
    unlockSound();
    localStorage.setItem(STORED_AS, isSoundOn ? "off" : "on");
    if (!isSoundOn) chime("hit");
    setIsSoundOn(!isSoundOn);
  }

  return { isSoundOn, toggleSound };
}
