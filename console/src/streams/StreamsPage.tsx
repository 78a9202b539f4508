/** How each camera's stream is, in words. */

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { fetchStreams } from "../api/calls";
import type { User } from "../api/types";
import { isAtLeast, mayPause } from "../app/access";
import { Empty, Failed } from "../app/states";
import { StillFaces } from "../masks/StillFaces";
import { useWords } from "../words/language";
import { StreamRow } from "./StreamRow";
import "./streams.css";

/** The age of the newest picture moves although nothing happens. */
const REFRESH_MS = 5000;

export default function StreamsPage({ user }: { readonly user: User }) {
  const words = useWords().streams;
  const { data, error, refetch } = useQuery({
    queryKey: ["streams"],
    queryFn: fetchStreams,
    refetchInterval: REFRESH_MS,
  });
  const live = data?.filter(({ state }) => state === "live").length ?? 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        {data && <span className="soft numbers">{words.summary(live, data.length)}</span>}
      </div>
      {isAtLeast(user, "reviewer") && <StillFaces user={user} />}
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.empty}>{words.hint}</Empty>}
      <ul className="streams card" hidden={!data?.length}>
        {data?.map((stream) => (
          <StreamRow key={stream.id} stream={stream} mayMask={mayPause(user, stream.site.id)} />
        ))}
      </ul>
      {data && data.length > 0 && <p className="soft small streams-hint">{words.hint}</p>}
    </div>
  );
}
