/** The outbox of this tab, and what the reviewer is told of its outcomes. */

import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { amend, decide } from "../api/calls";
import type { Hit, User } from "../api/types";
import { type Errand, Outbox, type OutboxState, type Outcome } from "./outbox";
import { useOutcomeNotice } from "./useOutcomeNotice";

interface Desk {
  readonly outbox: Outbox;
  /** Rounds this tab has decided, by hit: they wait here no longer, whether sent yet or not. */
  readonly decidedHere: ReadonlyMap<string, number>;
  readonly lastId: string | null;
  readonly submit: (errand: Errand) => void;
}

const DeskContext = createContext<Desk | null>(null);

function send(errand: Errand): Promise<Hit> {
  const { hitId, round, verdict, note = "" } = errand;
  if (errand.kind === "decision") return decide(hitId, { round, verdict, note });
  return amend(hitId, { round, verdict, note, reason: errand.reason });
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

export function OutboxProvider({ user, children }: { readonly user: User; readonly children: ReactNode }) {
  const [outbox] = useState(() => new Outbox({ send, later, me: user.id, storage: sessionStorage, nowMs: Date.now }));
  const [decidedHere, setDecidedHere] = useState<ReadonlyMap<string, number>>(() => unsent(outbox));
  const [lastId, setLastId] = useState<string | null>(null);

  useOutcomes(outbox, user, (hitId) => {
    setDecidedHere((before) => new Map([...before].filter(([id]) => id !== hitId)));
    setLastId((before) => (before === hitId ? null : before));
  });
  useWakeUp(outbox);
  const desk = useMemo(() => {
    const submit = (errand: Errand): void => {
      outbox.add(errand);
      setDecidedHere((before) => new Map([...before, [errand.hitId, errand.round]]));
      setLastId(errand.hitId);
    };
    return { outbox, decidedHere, lastId, submit };
  }, [outbox, decidedHere, lastId]);
  return <DeskContext value={desk}>{children}</DeskContext>;
}

function unsent(outbox: Outbox): ReadonlyMap<string, number> {
  return new Map(outbox.read().errands.map((errand) => [errand.hitId, errand.round]));
}

/** Store what was accepted; put back, and explain, what was not. */
function useOutcomes(outbox: Outbox, user: User, putBack: (hitId: string) => void): void {
  const queries = useQueryClient();
  const notice = useOutcomeNotice(user);
  const report = useEffectEvent((outcome: Outcome) => {
    const { hitId } = outcome.errand;
    if (outcome.kind === "accepted") queries.setQueryData(["hit", hitId], outcome.hit);
    else {
      putBack(hitId);
      void queries.invalidateQueries({ queryKey: ["hit", hitId] });
    }
    void queries.invalidateQueries({ queryKey: ["hits"] });
    notice(outcome);
  });
  useEffect(() => outbox.start((outcome) => report(outcome)), [outbox]);
}

/** Send as soon as the network is back, and warn before the tab closes on something unsent. */
function useWakeUp(outbox: Outbox): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (outbox.read().errands.length > 0) event.preventDefault();
    };
    window.addEventListener("online", outbox.retryNow);
    window.addEventListener("beforeunload", warn);
    return () => {
      window.removeEventListener("online", outbox.retryNow);
      window.removeEventListener("beforeunload", warn);
    };
  }, [outbox]);
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("useDesk outside OutboxProvider");
  return desk;
}

export function useOutboxState(): OutboxState {
  const { outbox } = useDesk();
  return useSyncExternalStore(outbox.subscribe, outbox.read);
}
