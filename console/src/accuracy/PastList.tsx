import type { PastAccuracy } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { amount, percent, score } from "./figures";

/** Who set what, and what followed for which list. */
export function PastList({ history }: { readonly history: readonly PastAccuracy[] }) {
  const { words, language } = useSpeech();
  if (history.length === 0) return null;
  return (
    <section className="card accuracy-card accuracy-past">
      <h2>{words.accuracy.history}</h2>
      <ul className="accuracy-rows numbers">
        {history.map((past) => (
          <li key={`${past.kind} ${past.at}`}>
            <span className="soft small">{dateTime(past.at, language)}</span> <Past past={past} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Past({ past }: { readonly past: PastAccuracy }) {
  const words = useSpeech().words.accuracy;
  if (past.kind === "budget")
    return (
      <span>
        {words.pastBudget(amount(past.false_alerts_per_day), amount(past.passages_per_day ?? 0))}{" "}
        <span className="soft">{past.by}</span>
      </span>
    );
  return <span>{words.pastCalibration(past.n_people ?? 0, score(past.threshold ?? 0), percent(past.found ?? 0))}</span>;
}
