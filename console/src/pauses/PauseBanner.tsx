import { PauseCircleFilled } from "@ant-design/icons";
import { Button } from "antd";
import { endPause } from "../api/calls";
import type { Pause, User } from "../api/types";
import { useAsk } from "../app/Ask";
import { mayPause } from "../app/access";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { usePauses } from "./usePauses";
import "./pauses.css";

/** What is stopped, by whom, why and until when: on top of every page. */
export function PauseBanner({ user }: { readonly user: User }) {
  const pauses = usePauses();
  if (pauses.length === 0) return null;
  return (
    <ul className="pauses" role="alert">
      {pauses.map((pause) => (
        <PauseLine key={pause.id} pause={pause} user={user} />
      ))}
    </ul>
  );
}

function PauseLine({ pause, user }: { readonly pause: Pause; readonly user: User }) {
  const { words, language } = useSpeech();
  const said = words.pauses;
  const ask = useAsk();
  const { save, isBusy } = useSave(endPause, ["pauses"]);
  const scope = said.scopes[pause.scope];
  const details = [said.by(pause.by), said.until(dateTime(pause.ends_at, language))];
  return (
    <li className="pauses-line">
      <PauseCircleFilled aria-hidden />
      <strong>{said.banner}</strong>
      <span>{pause.name === null ? scope : said.named(scope, pause.name)}</span>
      <span className="pauses-reason">{pause.reason}</span>
      <span className="small">{details.join(" · ")}</span>
      {mayPause(user, pause.scope === "site" ? pause.ref : null) && (
        <Button
          size="small"
          loading={isBusy}
          onClick={() => ask(said.resumeAsk, said.resume, () => void save(pause.id))}
        >
          {said.resume}
        </Button>
      )}
    </li>
  );
}
