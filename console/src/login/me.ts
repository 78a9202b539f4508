/** Who is logged in here. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { fetchMe } from "../api/calls";
import { onLoggedOut, Problem, rememberCsrf } from "../api/client";
import type { Me } from "../api/types";

export const ME = ["me"] as const;

async function askWhoIAm(): Promise<Me | null> {
  try {
    const me = await fetchMe();
    rememberCsrf(me.csrf);
    return me;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

interface Standing {
  readonly me: Me | null;
  readonly error: Error | null;
  readonly isAsking: boolean;
  readonly retry: () => void;
  readonly wasLoggedIn: boolean;
}

export function useMe(): Standing {
  const queries = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ME, queryFn: askWhoIAm, staleTime: Infinity });
  const [wasLoggedIn, setWasLoggedIn] = useState(false);
  useEffect(
    () =>
      onLoggedOut(() => {
        if (queries.getQueryData<Me | null>(ME)) setWasLoggedIn(true);
        queries.setQueryData(ME, null);
      }),
    [queries],
  );
  return { me: data ?? null, error, isAsking: isPending, retry: () => void refetch(), wasLoggedIn };
}

/** Take the answer of a login or a change as what is known from now on. */
export function useBecome(): (me: Me | null) => void {
  const queries = useQueryClient();
  return (me) => {
    rememberCsrf(me?.csrf ?? "");
    if (me === null) queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    queries.setQueryData(ME, me);
  };
}
