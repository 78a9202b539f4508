/** The page reviewers live on: what waits, the two faces, the verdict, and what the guards answer. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import type { Hit, User, Verdict } from "../api/types";
import { isAtLeast } from "../app/access";
import { useOpenClip } from "../clip/useOpenClip";
import { Empty, Failed, Waiting } from "../app/states";
import { fetchAhead } from "../pictures/usePicture";
import { useWords } from "../words/language";
import { CaseView } from "./CaseView";
import { ReviewDialogs, useDialogs } from "./ReviewDialogs";
import { useDecidedHits, useHit, useWaitingHits } from "./hits";
import { type Action } from "./keys";
import { useDesk } from "./OutboxProvider";
import { afterDecision, caseKey, inOrder, stepFrom, stillWaiting } from "./queue";
import { QueuePanel } from "./QueuePanel";
import { ReviewBar } from "./ReviewBar";
import { useChosen } from "./useChosen";
import { useArrivals } from "./useArrivals";
import { useKeys } from "./useKeys";
import { useTitle } from "./useTitle";
import "./review.css";

interface Props {
  readonly user: User;
  /** A hit somebody followed a link to. */
  readonly openId?: string;
}

/** How many hits ahead have their pictures fetched before the reviewer gets there. */
const AHEAD = 2;

export function ReviewPage({ user, openId }: Props) {
  const words = useWords();
  const desk = useDesk();
  const [, navigate] = useLocation();
  const waiting = useWaitingHits();
  const decided = useDecidedHits();
  const queue = inOrder(stillWaiting(waiting.data?.items ?? [], desk.decidedHere));
  const [chosenId, choose] = useChosen(queue, openId ?? null);
  const { data: hit, error, refetch } = useHit(chosenId);
  const dialogs = useDialogs();
  const arrivals = useArrivals();
  const clip = useOpenClip();
  const [readyKey, setReadyKey] = useState("");
  const isReady = hit !== undefined && readyKey === caseKey(hit);
  const mayDecide = isAtLeast(user, "reviewer");
  const isOpen = hit !== undefined && hit.verdict === null && desk.decidedHere.get(hit.id) !== hit.round;

  function show(id: string | null): void {
    if (openId !== undefined) navigate("/");
    choose(id);
  }

  function decideOn(target: Hit, verdict: Verdict): void {
    desk.submit({ kind: "decision", hitId: target.id, number: target.number, round: target.round, verdict });
    show(afterDecision(queue, target.id));
  }

  function act(action: Action): void {
    if (action === "next" || action === "previous") show(stepFrom(queue, chosenId, action === "next" ? 1 : -1));
    else if (action === "sound") arrivals.toggleSound();
    else if (action === "keys") dialogs.open({ kind: "keys" });
    else if (action === "undo") amend(desk.lastId);
    else if (!hit) return;
    else if (action === "frame") dialogs.open({ kind: "frame", hit });
    else if (action === "clip") clip.toggle(hit);
    else if (action === "amend") amend(hit.verdict === null ? null : hit.id);
    else if (mayDecide && isOpen && isReady) decideOn(hit, action);
  }

  function enlarge(kind: "face" | "portrait"): void {
    if (hit) dialogs.open({ kind, hit });
  }

  function amend(hitId: string | null): void {
    if (mayDecide && hitId !== null) dialogs.open({ kind: "amend", hitId });
  }

  useKeys(act);
  useTitle(waiting.data ? queue.length : 0);
  useAhead(queue, chosenId);

  if (waiting.error && !waiting.data) return <Failed error={waiting.error} retry={() => void waiting.refetch()} />;
  if (!waiting.data) return <Waiting />;
  return (
    <div className="review">
      <h1 className="unseen">{words.review.title}</h1>
      <QueuePanel
        queue={queue}
        total={Math.max(queue.length, waiting.data.waiting - (waiting.data.items.length - queue.length))}
        decided={decided.data?.items ?? []}
        chosenId={chosenId}
        choose={show}
        act={act}
        isSoundOn={arrivals.isSoundOn}
      />
      <div className="review-main">
        <ReviewBar lastId={desk.lastId} mayDecide={mayDecide} act={act} />
        {hit ? (
          <CaseView key={caseKey(hit)} onReady={setReadyKey} isClipOpen={clip.isOpen(hit)} {...{ hit, mayDecide, isOpen, isReady, act, enlarge }} />
        ) : error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : (
          <Empty title={words.review.empty}>{words.review.emptyHint}</Empty>
        )}
      </div>
      <ReviewDialogs dialogs={dialogs} />
    </div>
  );
}

function useAhead(queue: readonly Hit[], chosenId: string | null): void {
  const queries = useQueryClient();
  const index = queue.findIndex((hit) => hit.id === chosenId);
  const next = queue.slice(index + 1, index + 1 + AHEAD).flatMap(({ pictures }) => [pictures.face, pictures.portrait]);
  const addresses = next.filter((address) => address !== null).join("\n");
  useEffect(() => {
    if (addresses !== "") fetchAhead(queries, addresses.split("\n"));
  }, [queries, addresses]);
}
