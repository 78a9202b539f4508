/** One camera: how it is watched, when it was, and whether it can identify people where it hangs. */

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { fetchStreams } from "../api/calls";
import type { StreamStatus, User } from "../api/types";
import { mayOpen } from "../app/access";
import { Empty, Failed } from "../app/states";
import { percent } from "../rates/figures";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { ReportCard } from "./ReportCard";
import { StateOf } from "./StreamRow";
import { WatchedCard } from "./WatchedCard";
import "./streams.css";

const REFRESH_MS = 5000;

export default function StreamPage({ id, user }: { readonly id: string; readonly user: User }) {
  const { streams: words, wall } = useWords();
  const { data, error, refetch } = useQuery({
    queryKey: ["streams"],
    queryFn: fetchStreams,
    refetchInterval: REFRESH_MS,
  });
  const stream = data?.find((one) => one.id === id);
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton active className="page" />;
  if (!stream) return <Empty title={words.nobody}>{<Link href="/streams">{words.back}</Link>}</Empty>;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{stream.name}</h1>
        <span className="soft">
          {stream.site.name} · {stream.place} · <code>{stream.id}</code>
        </span>
        {mayOpen(user, "wall") && <Link href={`/wall/${encodeURIComponent(id)}`}>{wall.seeNow}</Link>}
        <Link href="/streams">{words.back}</Link>
      </div>
      <div className="stream-cards">
        <Facts stream={stream} />
        <WatchedCard stream={stream} />
        <ReportCard stream={stream} />
      </div>
    </div>
  );
}

function Facts({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords();
  const said = words.streams;
  const nowMs = useNowMs();
  const when = (at: string | null): string => (at === null ? said.never : ago(at, nowMs, words.time));
  const rows: readonly (readonly [string, ReactNode])[] = [
    [said.newest, when(stream.last_frame_at)],
    [said.picture, when(stream.changed_at)],
    [said.format, format(stream)],
    [said.rate, rate(stream, said)],
    [said.policy, stream.policy_explanation],
    [said.looks, said.looksOf(stream.n_looks.toLocaleString(), stream.n_faces.toLocaleString())],
    [said.dropped, dropped(stream, said)],
    [said.connections, stream.n_connections.toLocaleString()],
  ];
  return (
    <section className="card stream-card" aria-label={said.facts}>
      <h2>{said.facts}</h2>
      <StateOf stream={stream} />
      <dl className="stream-facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="soft">{name}</dt>
            <dd className="numbers">{value ?? said.never}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function format({ codec, width, height }: StreamStatus): string | null {
  return codec === null ? null : [codec.toUpperCase(), width && height && `${width}×${height}`].filter(Boolean).join(", ");
}

interface Said {
  readonly fps: (n: string) => string;
  readonly gop: (n: string) => string;
  readonly kbps: (n: string) => string;
  readonly droppedLately: (percent: string, n: string) => string;
  readonly droppedOf: (n: string) => string;
}

function rate({ fps, gop_s, bit_rate_kbps }: StreamStatus, words: Said): string | null {
  const known = [
    fps === null ? null : words.fps(fps.toFixed(1)),
    bit_rate_kbps === null ? null : words.kbps(Math.round(bit_rate_kbps).toLocaleString()),
    gop_s === null ? null : words.gop(gop_s.toFixed(1)),
  ].filter((part) => part !== null);
  return known.length > 0 ? known.join(" · ") : null;
}

function dropped({ dropped_share, n_dropped }: StreamStatus, words: Said): string {
  const total = n_dropped.toLocaleString();
  return dropped_share === null ? words.droppedOf(total) : words.droppedLately(percent(dropped_share), total);
}
