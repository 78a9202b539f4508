import type { Accuracy } from "../api/types";
import { useWords } from "../words/language";

/** What would help, most first. */
export function Advice({ advice }: { readonly advice: Accuracy["advice"] }) {
  const words = useWords().accuracy;
  if (advice.length === 0) return null;
  return (
    <section className="card accuracy-card">
      <h2>{words.advice}</h2>
      <ul className="accuracy-advice">
        {advice.map(({ code, text }) => (
          <li key={code}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
