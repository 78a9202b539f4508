import type { Hit } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { useDecider } from "./useDecider";
import { useReasonWord } from "./useReasonWord";
import { VerdictMark } from "./VerdictMark";

/** Everything that was ever decided on a hit: nothing is overwritten. */
export function DecisionTrail({ hit }: { readonly hit: Hit }) {
  const { words, language } = useSpeech();
  const reasonWord = useReasonWord();
  const decider = useDecider();
  if (hit.decisions.length === 0) return null;
  return (
    <section className="card case-card" aria-label={words.history.rounds}>
      <h2>{words.history.rounds}</h2>
      <ol className="trail">
        {hit.decisions.map((decision) => (
          <li key={`${decision.round}.${decision.seat}`}>
            <VerdictMark verdict={decision.verdict} />
            <span className="soft small">
              {decider(decision)} · {dateTime(decision.decided_at, language)}
            </span>
            {decision.reason !== null && <p>{reasonWord(decision.reason)}</p>}
            {decision.note !== "" && <p className="trail-note">{decision.note}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
