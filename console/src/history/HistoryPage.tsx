/** What was decided: find it, open it, change it with a reason. */

import { Button, Drawer, Select, Skeleton } from "antd";
import { useState } from "react";
import { useLocation } from "wouter";
import type { User, Verdict } from "../api/types";
import { isAtLeast } from "../app/access";
import { Empty, Failed } from "../app/states";
import { useOpenClip } from "../clip/useOpenClip";
import { CaseView } from "../review/CaseView";
import { useHit, useHitPages } from "../review/hits";
import type { Action } from "../review/keys";
import { spoken } from "../review/queue";
import { ReviewDialogs, useDialogs } from "../review/ReviewDialogs";
import { useWords } from "../words/language";
import { HistoryRow } from "./HistoryRow";
import { useSites } from "./useSites";
import "../review/queue.css";
import "../review/review.css";
import "./history.css";

interface Props {
  readonly user: User;
  readonly openId: string | null;
}

/** The case brings its own. */
const NO_PADDING = { body: { padding: 0 } } as const;
const VERDICTS: readonly Verdict[] = ["confirmed", "rejected", "unsure"];

export default function HistoryPage({ user, openId }: Props) {
  const words = useWords();
  const said = words.history;
  const [verdict, setVerdict] = useState<Verdict | undefined>();
  const [siteId, setSiteId] = useState<string | undefined>();
  const sites = useSites();
  const pages = useHitPages({ state: "decided", verdict, site_id: siteId, limit: 50 });
  const hits = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{said.title}</h1>
        <Select
          allowClear
          value={verdict}
          onChange={setVerdict}
          placeholder={said.anyVerdict}
          aria-label={said.verdict}
          className="history-filter"
          options={VERDICTS.map((value) => ({ value, label: words.review.verdicts[value] }))}
        />
        <Select
          allowClear
          value={siteId}
          onChange={setSiteId}
          placeholder={said.anySite}
          aria-label={said.site}
          className="history-filter"
          options={sites.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </div>
      {pages.error && hits.length === 0 && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton active />}
      {pages.isSuccess && hits.length === 0 && <Empty title={said.empty} />}
      <ul className="history card" hidden={hits.length === 0}>
        {hits.map((hit) => (
          <HistoryRow key={hit.id} hit={hit} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button className="history-more" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {words.shell.more}
        </Button>
      )}
      <OpenCase user={user} hitId={openId} ids={hits.map(({ id }) => id)} />
    </div>
  );
}

interface OpenProps {
  readonly user: User;
  readonly hitId: string | null;
  /** The hits of the list, in its order. */
  readonly ids: readonly string[];
}

function OpenCase({ user, hitId, ids }: OpenProps) {
  const [, navigate] = useLocation();
  const { data: hit, error, refetch } = useHit(hitId);
  const dialogs = useDialogs();
  const clip = useOpenClip();
  const close = (): void => navigate("/history");

  function act(action: Action): void {
    if (!hit) return;
    if (action === "frame") dialogs.open({ kind: "frame", hit });
    else if (action === "clip") clip.toggle(hit);
    else if (action === "amend") dialogs.open({ kind: "amend", hitId: hit.id });
    else if (action === "next") showNext(hit.id);
  }

  function showNext(id: string): void {
    const next = ids[ids.indexOf(id) + 1];
    if (next === undefined) close();
    else navigate(`/history/${next}`);
  }

  function enlarge(kind: "face" | "portrait"): void {
    if (hit) dialogs.open({ kind, hit });
  }

  const mayDecide = isAtLeast(user, "reviewer");
  return (
    <Drawer open={hitId !== null} onClose={close} size="min(1180px, 100vw)" styles={NO_PADDING} title={hit && spoken(hit.number)}>
      {hit && (
        <CaseView
          {...{ hit, mayDecide, act, enlarge }}
          isClipOpen={clip.isOpen(hit)}
          isOpen={false}
          isReady={false}
          onReady={() => undefined}
        />
      )}
      {error && !hit && <Failed error={error} retry={() => void refetch()} />}
      <ReviewDialogs dialogs={dialogs} />
    </Drawer>
  );
}
