/** What the cameras show now: any of them as a wall, or one larger. */

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { useLocation } from "wouter";
import { fetchStreams } from "../api/calls";
import { Empty, Failed } from "../app/states";
import { useSecondMs } from "../episodes/useSecondMs";
import { useWords } from "../words/language";
import { type Choice, chosen, readChoice, storedForm } from "./choice";
import { OneCamera } from "./OneCamera";
import { useHits } from "./useHits";
import { WallBar } from "./WallBar";
import { WallGrid } from "./WallGrid";
import "./wall.css";

const STORED_AS = "patrol.wall";
const REFRESH_MS = 5000;

export default function WallPage({ openId }: { readonly openId: string | null }) {
  const words = useWords().wall;
  const [choice, change] = useChoice();
  const [, go] = useLocation();
  const nowMs = useSecondMs(true);
  const hits = useHits(nowMs);
  const { data, error, refetch } = useQuery({
    queryKey: ["streams"],
    queryFn: fetchStreams,
    refetchInterval: REFRESH_MS,
  });
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton active className="wall" />;
  const streams = chosen(data, choice);
  const open = (id: string | null): void => go(id === null ? "/wall" : `/wall/${encodeURIComponent(id)}`);
  const opened = data.find(({ id }) => id === openId);
  if (opened) return <OneCamera stream={opened} streams={streams} hits={hits} nowMs={nowMs} open={open} />;
  return (
    <div className="wall">
      <div className="wall-head">
        <h1>{words.title}</h1>
        <span className="soft small numbers">{words.summary(streams.length, data.length)}</span>
        <WallBar streams={data} choice={choice} change={change} />
      </div>
      {streams.length === 0 ? (
        <Empty title={choice.isTroubleOnly ? words.noTrouble : words.empty}>{words.emptyHint}</Empty>
      ) : (
        <WallGrid streams={streams} choice={choice} change={change} hits={hits} nowMs={nowMs} open={open} />
      )}
      <div className="soft small wall-hint">
        <p className="wall-keys">{words.keys}</p>
        <p>{words.privacy}</p>
      </div>
    </div>
  );
}

function useChoice(): readonly [Choice, (part: Partial<Choice>) => void] {
  const [choice, setChoice] = useState(() => readChoice(localStorage.getItem(STORED_AS)));
  const change = (part: Partial<Choice>): void => {
    const next = { ...choice, ...part };
    localStorage.setItem(STORED_AS, storedForm(next));
    setChoice(next);
  };
  return [choice, change];
}
