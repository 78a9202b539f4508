import { Link } from "wouter";
import type { Accuracy } from "../api/types";
import { useWords } from "../words/language";
import { score } from "./figures";

interface Props {
  readonly entries: Accuracy["weak_entries"];
  readonly threshold: number;
}

export function WeakEntries({ entries, threshold }: Props) {
  const words = useWords().accuracy;
  if (entries.length === 0) return null;
  return (
    <section className="card accuracy-card">
      <h2>{words.weak}</h2>
      <p className="soft">{words.weakHint(score(threshold))}</p>
      <ul className="accuracy-rows">
        {entries.map((entry) => (
          <li key={entry.person_id}>
            <strong>{entry.name}</strong> <Link href={`/watchlists/${entry.watchlist_id}`}>{entry.watchlist}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
