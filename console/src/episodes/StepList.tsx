import type { Hit, Step } from "../api/types";
import { siteTime } from "../time/clock";
import { useNowMs } from "../time/ticking";
import type { Words } from "../words/catalogue";
import { useSpeech } from "../words/language";

/** What was done to reach somebody, the newest last. */
export function StepList({ hit }: { readonly hit: Hit }) {
  const { words, language } = useSpeech();
  const nowMs = useNowMs();
  if (hit.steps.length === 0) return null;
  return (
    <div>
      <h3 className="small">{words.episodes.steps}</h3>
      <ol className="steps">
        {hit.steps.map((step) => (
          <li key={`${step.at} ${step.kind} ${step.group?.id ?? ""} ${step.from_group?.id ?? ""} ${step.why}`}>
            <time className="numbers soft small" dateTime={step.at}>
              {siteTime(step.at, hit.site.time_zone, nowMs, language)}
            </time>{" "}
            {inWords(step, words.episodes)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function inWords(step: Step, words: Words["episodes"]): string {
  const kinds: Readonly<Record<string, (to: string) => string>> = words.stepKinds;
  const reasons: Readonly<Record<string, string>> = words.why;
  const what = kinds[step.kind]?.(step.group?.name ?? "") ?? step.kind;
  const because = [step.from_group?.name, reasons[step.why] ?? step.why].filter(Boolean).join(": ");
  return `${what} (${because})`;
}
