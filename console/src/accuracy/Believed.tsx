import { Alert } from "antd";
import type { Accuracy } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { score } from "./figures";

/** One sentence of what to expect, on what it rests, and whether it holds everywhere yet. */
export function Believed({ accuracy: { calibration, in_force: force } }: { readonly accuracy: Accuracy }) {
  const { words, language } = useSpeech();
  const said = words.accuracy;
  return (
    <section className="card accuracy-card">
      <h2>{said.believed}</h2>
      {!calibration && <p>{said.noBelief}</p>}
      {calibration && (
        <>
          <p className="accuracy-belief">{calibration.belief.text}</p>
          <p className="soft">{calibration.belief.basis_text}</p>
          {calibration.belief.warning !== null && <Alert showIcon type="warning" title={calibration.belief.warning} />}
          <dl className="facts">
            <div>
              <dt>{said.thresholds}</dt>
              <dd>
                <span className="numbers">
                  {said.thresholdsAre(score(calibration.sure), score(calibration.uncertain), score(calibration.weak))}
                </span>
                <span className="soft small accuracy-hint">
                  {said.thresholdHint} {calibration.embedder}, {said.people(calibration.n_people)}
                </span>
              </dd>
            </div>
          </dl>
          <p className="soft small numbers" role="status">
            {!force.is_derived && `${said.following}. `}
            {force.n_workers === 0
              ? said.noWorkers
              : said.inForce(force.n_workers_current, force.n_workers, dateTime(calibration.made_at, language))}
          </p>
        </>
      )}
    </section>
  );
}
