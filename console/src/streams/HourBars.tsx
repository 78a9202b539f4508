import type { StreamReport } from "../api/types";
import { percent } from "../rates/figures";
import { useWords } from "../words/language";

type Hour = StreamReport["by_hour"][number];

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** A part of a face that is black and worth a word. */
const DARK_FROM = 0.1;

/** Passages by hour of the day, the usable part of each filled. */
export function HourBars({ hours }: { readonly hours: readonly Hour[] }) {
  const words = useWords().streams;
  const most = Math.max(...hours.map(({ n_passages }) => n_passages), 1);
  const byHour = new Map(hours.map((hour) => [hour.hour, hour]));
  return (
    <figure className="hours">
      <figcaption className="soft small">{words.byHour}</figcaption>
      <ol className="hours-bars">
        {HOURS.map((hour) => (
          <HourBar key={hour} hour={hour} found={byHour.get(hour)} most={most} />
        ))}
      </ol>
    </figure>
  );
}

function HourBar({ hour, found, most }: { readonly hour: number; readonly found: Hour | undefined; readonly most: number }) {
  const words = useWords().streams;
  const [all, usable] = [found?.n_passages ?? 0, found?.n_usable ?? 0];
  const dark = found?.under_exposure ?? 0;
  const label = words.hour(String(hour).padStart(2, "0"), usable, all);
  return (
    <li title={dark >= DARK_FROM ? `${label}, ${words.dark(percent(dark))}` : label} aria-label={label}>
      <span className="hours-slot">
        <span className="hours-all" style={{ height: `${(100 * all) / most}%` }}>
          <span className="hours-usable" style={{ height: `${all === 0 ? 0 : (100 * usable) / all}%` }} />
        </span>
      </span>
      <span className="hours-name soft">{hour % 6 === 0 ? hour : ""}</span>
    </li>
  );
}
