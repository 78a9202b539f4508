import { Button, Progress } from "antd";
import { cancelEmbedderChange, switchEmbedder } from "../api/calls";
import type { EmbedderChange as Change, EmbedderTried } from "../api/types";
import { useAsk } from "../app/Ask";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";

/** How far the change is, whom it would cost, and what the coming embedder says of live hits. */
export function EmbedderChange({ change, mayChange }: { readonly change: Change; readonly mayChange: boolean }) {
  const { words, language } = useSpeech();
  const said = words.embedder;
  const share = change.n_total > 0 ? Math.round((100 * change.n_embedded) / change.n_total) : 100;
  return (
    <div className="embedder-change">
      <h3>{said.fromTo(change.before, change.after)}</h3>
      <p className="soft small">{said.startedBy(change.started_by, dateTime(change.started_at, language))}</p>
      <p aria-live="polite">{said[change.state]}</p>
      <Progress percent={share} status="normal" showInfo={false} aria-label={said.embedding} />
      <p className="numbers small">{said.photos(change.n_embedded, change.n_total)}</p>
      <Failures change={change} />
      <Lost change={change} />
      {change.state === "comparing" && <Tried tried={change.tried} />}
      {mayChange && <Choices change={change} />}
    </div>
  );
}

function Failures({ change }: { readonly change: Change }) {
  const said = useWords().embedder;
  if (change.n_failures === 0) return null;
  return (
    <details>
      <summary>{said.failures(change.n_failures)}</summary>
      <ul className="small">
        {change.failures.map((failure, place) => (
          <li key={place}>
            <strong>{failure.person ?? said.volunteer}</strong>: {failure.explanation}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Lost({ change }: { readonly change: Change }) {
  const said = useWords().embedder;
  if (change.n_lost === 0) return null;
  return (
    <div className="embedder-warning">
      <strong>{said.lost(change.n_lost)}</strong>
      <p className="small">{change.lost.map((person) => `${person.name} (${person.watchlist})`).join(", ")}</p>
      <p className="small">{said.lostHint}</p>
    </div>
  );
}

function Tried({ tried }: { readonly tried: readonly EmbedderTried[] }) {
  const said = useWords().embedder;
  return (
    <div>
      <h4>{said.tried}</h4>
      {tried.length === 0 ? <p className="soft small">{said.triedNone}</p> : <TriedTable tried={tried} />}
      <p className="soft small">{said.triedHint}</p>
    </div>
  );
}

function TriedTable({ tried }: { readonly tried: readonly EmbedderTried[] }) {
  const said = useWords().embedder;
  return (
    <table className="embedder-tried numbers small">
      <thead>
        <tr>
          {[said.verdict, said.same, said.other, said.nobody].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tried.map((row) => (
          <tr key={row.verdict ?? "open"}>
            <th scope="row">{said.verdicts[row.verdict ?? "open"]}</th>
            <td>{row.n_same}</td>
            <td>{row.n_other}</td>
            <td>{row.n_nobody}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Choices({ change }: { readonly change: Change }) {
  const said = useWords().embedder;
  const ask = useAsk();
  const switching = useSave(switchEmbedder, ["embedder"]);
  const cancelling = useSave(cancelEmbedderChange, ["embedder"]);
  const isLosing = change.n_lost > 0;
  const question = isLosing ? said.switchLosing(change.after, change.n_lost) : said.switchAsk(change.after);
  const doSwitch = (): void => ask(question, said.switch(change.after), () => void switching.save(isLosing));
  const doCancel = (): void => ask(said.cancelAsk(change.before), said.cancel, () => void cancelling.save(undefined));
  return (
    <div className="embedder-buttons">
      <Button type="primary" disabled={change.state !== "comparing"} loading={switching.isBusy} onClick={doSwitch}>
        {said.switch(change.after)}
      </Button>
      <Button loading={cancelling.isBusy} onClick={doCancel}>
        {said.cancel}
      </Button>
    </div>
  );
}
