/** A change sent to the server: what it makes stale, and the server's own words where it refuses. */

import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useWords } from "../words/language";
import { explained } from "./states";

interface Saving<A, R> {
  /** Null where it was refused; the reader has been told. */
  readonly save: (argument: A) => Promise<R | null>;
  readonly isBusy: boolean;
}

export function useSave<A, R>(send: (argument: A) => Promise<R>, stale: QueryKey): Saving<A, R> {
  const queries = useQueryClient();
  const { message } = App.useApp();
  const words = useWords();
  const mutation = useMutation({
    mutationFn: send,
    networkMode: "always",
    onSuccess: () => queries.invalidateQueries({ queryKey: stale }),
    onError: (error) => void message.error(explained(error, words.shell.unreachable), 6),
  });
  return { save: (argument) => mutation.mutateAsync(argument).catch(() => null), isBusy: mutation.isPending };
}
