/** Sending photos, and the report that comes back whether any was accepted or none. */

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useState } from "react";
import type { PhotoResult } from "../api/types";
import { explained } from "../app/states";
import { useWords } from "../words/language";
import { photosOf } from "./reports";

export interface UploadOutcome {
  readonly photos: readonly PhotoResult[];
  readonly isAccepted: boolean;
  readonly atMs: number;
}

const LISTS: QueryKey = ["watchlists"];

export function usePhotoUpload(stale = LISTS) {
  const queries = useQueryClient();
  const { message } = App.useApp();
  const words = useWords();
  const [outcome, setOutcome] = useState<UploadOutcome | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function upload(send: () => Promise<{ readonly photos: readonly PhotoResult[] }>): Promise<void> {
    setIsBusy(true);
    try {
      setOutcome({ photos: (await send()).photos, isAccepted: true, atMs: Date.now() });
      await queries.invalidateQueries({ queryKey: stale });
    } catch (error) {
      const photos = photosOf(error);
      if (photos) setOutcome({ photos, isAccepted: false, atMs: Date.now() });
      else void message.error(explained(error as Error, words.shell.unreachable), 6);
    } finally {
      setIsBusy(false);
    }
  }

  return { outcome, isBusy, upload };
}
