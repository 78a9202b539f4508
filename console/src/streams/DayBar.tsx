import type { StreamDay } from "../api/types";
import { siteTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { segments, watchedPercent, watchedShare } from "./day";

interface Props {
  readonly day: StreamDay | undefined;
  readonly zone: string;
}

/** When a camera was watched on a day: a bar from midnight to midnight at its site, its gaps in red. */
export function DayBar({ day, zone }: Props) {
  const { words, language } = useSpeech();
  const said = words.streams;
  if (day === undefined) return <span className="day" />;
  const share = watchedShare(day);
  const summary =
    share === null ? said.dayUnknown : `${said.watchedDay(watchedPercent(share))}, ${said.gaps(day.gaps.length)}`;
  const endMs = Date.parse(day.ends_at) - 1;
  const time = (at: string | null): string => (at === null ? said.now : siteTime(at, zone, endMs, language));
  const gaps = day.gaps.map((gap) => said.gapFrom(time(gap.began_at), time(gap.ended_at)));
  return (
    <span className="day" title={[summary, ...gaps.slice(0, 12)].join("\n")}>
      <span className="day-bar" role="img" aria-label={summary}>
        {segments(day).map(({ kind, left, width }) => (
          <span key={`${kind} ${left}`} className={`day-${kind}`} style={{ left: `${left}%`, width: `${width}%` }} />
        ))}
      </span>
      <span className="soft small numbers">
        {share === null ? said.dayUnknown : `${watchedPercent(share)} · ${said.gaps(day.gaps.length)}`}
      </span>
    </span>
  );
}
