import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { fetchStreamDay, fetchWatched } from "../api/calls";
import type { StreamGap, StreamStatus, WatchedAnswer } from "../api/types";
import { Failed } from "../app/states";
import { dateTime, siteTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { DayBar } from "./DayBar";
import { DayField } from "./StreamsBar";

const REFRESH_MS = 30_000;

/** A camera's day with its gaps, and the answer for a moment. */
export function WatchedCard({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords();
  const said = words.streams;
  const [day, setDay] = useState<string | undefined>();
  const { data, error, refetch } = useQuery({
    queryKey: ["days", stream.id, day ?? ""],
    queryFn: () => fetchStreamDay(stream.id, day),
    refetchInterval: REFRESH_MS,
  });
  const zone = stream.site.time_zone;
  return (
    <section className="card stream-card" aria-label={said.ask}>
      <div className="stream-day-head">
        <h2>{said.day}</h2>
        <DayField day={day ?? data?.day} change={setDay} />
        <span className="soft small">{words.time.siteTime(zone)}</span>
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      <DayBar day={data} zone={zone} />
      <ul className="stream-gaps">
        {data?.gaps.map((gap) => (
          <GapLine key={gap.began_at} gap={gap} zone={zone} endMs={Date.parse(data.ends_at) - 1} />
        ))}
      </ul>
      <Question stream={stream} />
    </section>
  );
}

interface GapProps {
  readonly gap: StreamGap;
  readonly zone: string;
  readonly endMs: number;
}

function GapLine({ gap, zone, endMs }: GapProps) {
  const { words, language } = useSpeech();
  const time = (at: string | null): string => (at === null ? words.streams.now : siteTime(at, zone, endMs, language));
  return (
    <li>
      <span className="numbers stream-gap">{words.streams.gapFrom(time(gap.began_at), time(gap.ended_at))}</span>{" "}
      <span className="soft small">{gap.explanation}</span>
    </li>
  );
}

function Question({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords().streams;
  const [moment, setMoment] = useState("");
  const [asked, setAsked] = useState<string | undefined>();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["watched", stream.id, asked],
    queryFn: () => fetchWatched(stream.id, asked ?? ""),
    enabled: asked !== undefined,
  });
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    if (moment && moment === asked) void refetch();
    else if (moment) setAsked(moment);
  };
  return (
    <form className="stream-question" onSubmit={ask}>
      <label htmlFor="watched-at">{words.ask}</label>
      <Input
        id="watched-at"
        type="datetime-local"
        value={moment}
        onChange={({ target }) => setMoment(target.value)}
        className="stream-moment"
      />
      <Button htmlType="submit" disabled={!moment} loading={isFetching}>
        {words.askButton}
      </Button>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {data && <Answer answer={data} zone={stream.site.time_zone} />}
    </form>
  );
}

function Answer({ answer, zone }: { readonly answer: WatchedAnswer; readonly zone: string }) {
  const { words, language } = useSpeech();
  const said = words.streams;
  const at = dateTime(answer.at, language, zone);
  const time = (moment: string | null | undefined): string =>
    moment == null ? said.now : siteTime(moment, zone, Date.parse(answer.at), language);
  const text =
    answer.watched === "no"
      ? said.answers.no(at, time(answer.gap?.began_at), time(answer.gap?.ended_at))
      : said.answers[answer.watched](at);
  return (
    <p className={`stream-answer stream-answer-${answer.watched}`} role="status">
      {text} {answer.gap?.explanation}
    </p>
  );
}
