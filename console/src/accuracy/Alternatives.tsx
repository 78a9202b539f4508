import { Button } from "antd";
import type { AlternativeBudget } from "../api/types";
import { useWords } from "../words/language";
import { amount, percent, score } from "./figures";

interface Props {
  readonly alternatives: readonly AlternativeBudget[];
  /** A budget says how many pass: until then alerts are of a thousand people. */
  readonly isOfADay: boolean;
  readonly mayChoose: boolean;
  readonly choose: (alerts: number) => void;
}

/** What other budgets would give: alerts against how many of the listed are found. */
export function Alternatives({ alternatives, isOfADay, mayChoose, choose }: Props) {
  const words = useWords().accuracy;
  return (
    <section className="card accuracy-card">
      <h2>{words.alternatives}</h2>
      <p className="soft">{words.alternativesHint}</p>
      <div className="accuracy-scroll">
        <table className="accuracy-table numbers">
          <thead>
            <tr>
              <th scope="col">{isOfADay ? words.alertsADay : words.alertsOfThousand}</th>
              <th scope="col">{words.threshold}</th>
              <th scope="col">{words.found}</th>
              <th scope="col" aria-hidden />
            </tr>
          </thead>
          <tbody>
            {alternatives.map((each) => (
              <Row key={each.fpir} each={each} isOfADay={isOfADay} mayChoose={mayChoose} choose={choose} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const A_THOUSAND = 1000;

function Row({ each, isOfADay, mayChoose, choose }: { readonly each: AlternativeBudget } & Omit<Props, "alternatives">) {
  const words = useWords().accuracy;
  const { value, low, high } = each.found;
  return (
    <tr aria-current={each.is_chosen ? "true" : undefined}>
      <th scope="row">{amount(isOfADay ? each.false_alerts_per_day : each.fpir * A_THOUSAND)}</th>
      <td>{score(each.threshold)}</td>
      <td>
        <span className="accuracy-bar" aria-hidden>
          <span className="accuracy-band" style={{ insetInlineStart: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
          <span className="accuracy-point" style={{ insetInlineStart: `${value * 100}%` }} />
        </span>
        {words.foundOf(percent(value), percent(low), percent(high))}
      </td>
      <td>
        {each.is_chosen && <span className="tag">{words.chosen}</span>}
        {!each.is_chosen && isOfADay && mayChoose && (
          <Button size="small" onClick={() => choose(Number(each.false_alerts_per_day.toPrecision(3)))}>
            {words.choose}
          </Button>
        )}
      </td>
    </tr>
  );
}
