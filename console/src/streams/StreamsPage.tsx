/** How each camera's stream is, in words: those in trouble first. */

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { fetchDays, fetchStreamReports, fetchStreams } from "../api/calls";
import type { StreamDay, StreamStatus, User } from "../api/types";
import { isAtLeast, mayPause } from "../app/access";
import { Empty, Failed } from "../app/states";
import { StillFaces } from "../masks/StillFaces";
import { useWords } from "../words/language";
import { LoadLine } from "./LoadLine";
import { StreamRow } from "./StreamRow";
import { type Shown, StreamsBar } from "./StreamsBar";
import { matches, sorted } from "./trouble";
import "./streams.css";

/** The age of the newest picture moves although nothing happens. */
const REFRESH_MS = 5000;
/** Gaps open and close in minutes. */
const DAYS_REFRESH_MS = 30_000;
/** A verdict is of a week, and reading all of them takes the server half a second for 64 cameras. */
const REPORTS_REFRESH_MS = 600_000;

export default function StreamsPage({ user }: { readonly user: User }) {
  const words = useWords().streams;
  const [shown, setShown] = useState<Shown>({ filter: "all", siteId: undefined, search: "", day: undefined });
  const { data, error, refetch } = useQuery({
    queryKey: ["streams"],
    queryFn: fetchStreams,
    refetchInterval: REFRESH_MS,
  });
  const days = useQuery({
    queryKey: ["days", shown.day ?? ""],
    queryFn: () => fetchDays(shown.day),
    refetchInterval: DAYS_REFRESH_MS,
  });
  const live = data?.filter(({ state }) => state === "live").length ?? 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        {data && <span className="soft numbers">{words.summary(live, data.length)}</span>}
      </div>
      <LoadLine />
      {isAtLeast(user, "reviewer") && <StillFaces user={user} />}
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.empty}>{words.hint}</Empty>}
      {data && data.length > 0 && (
        <>
          <StreamsBar
            streams={data}
            shown={shown}
            today={days.data?.[0]?.day}
            change={(part) => setShown({ ...shown, ...part })}
          />
          <List user={user} streams={data} days={days.data ?? []} shown={shown} />
          <p className="soft small streams-hint">{words.hint}</p>
        </>
      )}
    </div>
  );
}

interface ListProps {
  readonly user: User;
  readonly streams: readonly StreamStatus[];
  readonly days: readonly StreamDay[];
  readonly shown: Shown;
}

function List({ user, streams, days, shown }: ListProps) {
  const words = useWords().streams;
  const reports = useQuery({
    queryKey: ["stream-reports"],
    queryFn: fetchStreamReports,
    staleTime: REPORTS_REFRESH_MS,
    refetchInterval: REPORTS_REFRESH_MS,
  });
  const byStream = new Map(days.map((day) => [day.stream_id, day]));
  const verdicts = new Map(reports.data?.map(({ stream_id, verdict }) => [stream_id, verdict]));
  const rows = sorted(streams).filter((stream) => matches(stream, shown.filter, shown.siteId, shown.search));
  if (rows.length === 0) return <Empty title={words.nobody} />;
  return (
    <ul className="streams card" aria-label={words.title}>
      {rows.map((stream) => (
        <StreamRow
          key={stream.id}
          stream={stream}
          day={byStream.get(stream.id)}
          verdict={verdicts.get(stream.id)}
          mayMask={mayPause(user, stream.site.id)}
        />
      ))}
    </ul>
  );
}
