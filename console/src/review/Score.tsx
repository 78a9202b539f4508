import { score as figure } from "../accuracy/figures";
import type { Hit } from "../api/types";
import { useWords } from "../words/language";

const cosine = (value: number): string => value.toFixed(2);
const place = (value: number): string => `${Math.min(1, Math.max(0, value)) * 100}%`;

/** The score beside what it was held against; of a hit of before scores were made the cosine.
 *  Never a percentage: it is no probability. */
export function Score({ hit }: { readonly hit: Hit }) {
  const words = useWords().review;
  const { threshold, runner_up: runnerUp } = hit;
  const isScored = hit.score !== null;
  const score = hit.score ?? hit.similarity;
  const said = isScored ? figure : cosine;
  return (
    <div className="score" title={isScored ? words.scoreHint : words.similarityHint}>
      <div className="score-line" aria-hidden>
        <span className="score-fill" style={{ width: place(score) }} />
        <span className="score-threshold" style={{ left: place(threshold) }} />
        {runnerUp !== null && <span className="score-runner-up" style={{ left: place(runnerUp) }} />}
        <span className="score-dot" style={{ left: place(score) }} />
      </div>
      <dl className="score-words numbers">
        <div>
          <dt className="score-key-similarity">{isScored ? words.score : words.similarity}</dt>
          <dd>
            <strong>{said(score)}</strong>
          </dd>
        </div>
        <div>
          <dt className="score-key-threshold">{words.threshold}</dt>
          <dd>{said(threshold)}</dd>
        </div>
        <div>
          <dt className="score-key-runner-up">{words.runnerUp}</dt>
          <dd>{runnerUp === null ? words.noRunnerUp : said(runnerUp)}</dd>
        </div>
      </dl>
    </div>
  );
}
