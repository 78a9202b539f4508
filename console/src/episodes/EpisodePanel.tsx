/** The running case of a hit: where the person was last, the clocks, the steps, and how it ends. */

import { Button } from "antd";
import { useState } from "react";
import { handleEpisode } from "../api/calls";
import type { Episode, Hit } from "../api/types";
import { useSave } from "../app/useSave";
import { spoken } from "../review/queue";
import { ago, siteTime } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useSpeech } from "../words/language";
import { ClockList } from "./ClockList";
import { CloseDialog } from "./CloseDialog";
import { HandleDialog } from "./HandleDialog";
import { StepList } from "./StepList";
import "./episodes.css";

interface Props {
  readonly hit: Hit;
  readonly mayDecide: boolean;
}

export function EpisodePanel({ hit, mayDecide }: Props) {
  const { words } = useSpeech();
  const said = words.episodes;
  const { episode } = hit;
  if (episode === null) return null;
  const isOpen = episode.closed_at === null;
  return (
    <section className="card case-card episode" aria-label={said.title(spoken(episode.number))}>
      <h2>
        {said.title(spoken(episode.number))}
        {episode.updates > 0 && <span className="soft small"> · {said.updates(episode.updates)}</span>}
      </h2>
      {!hit.is_of_episode && <p className="small">{said.wouldJoin}</p>}
      <LastSeen hit={hit} episode={episode} />
      {isOpen ? <Open hit={hit} episode={episode} mayDecide={mayDecide} /> : <Closed episode={episode} />}
      <ClockList clocks={hit.clocks} />
      <StepList hit={hit} />
    </section>
  );
}

interface About {
  readonly hit: Hit;
  readonly episode: Episode;
}

function LastSeen({ hit, episode }: About) {
  const { words } = useSpeech();
  const nowMs = useNowMs();
  return (
    <p className="small">
      {words.episodes.last}: <strong>{episode.place}</strong>{" "}
      <span className="soft">
        {ago(episode.placed_at, nowMs, words.time)}
        {episode.placed_by.startsWith("group:") && ` · ${words.episodes.byGuard}`}
        {hit.site.id !== episode.site_id && ` · ${episode.site_id}`}
      </span>
    </p>
  );
}

function Open({ hit, episode, mayDecide }: About & { readonly mayDecide: boolean }) {
  const { words, language } = useSpeech();
  const said = words.episodes;
  const nowMs = useNowMs();
  const [dialog, setDialog] = useState<"close" | "handle" | null>(null);
  const unhandle = useSave((id: string) => handleEpisode(id, 0), ["hit"]);
  const until = episode.handled_until;
  const isHandled = until !== null && Date.parse(until) > nowMs;
  const time = until === null ? "" : siteTime(until, hit.site.time_zone, nowMs, language);
  return (
    <>
      {Date.parse(episode.deadline_at) <= nowMs && <p className="episode-overdue">{said.overdue}</p>}
      {isHandled && <p className="episode-handled">{said.handledUntil(time, episode.handled_by ?? "")}</p>}
      {mayDecide && hit.is_of_episode && (
        <div className="episode-actions">
          <Button size="small" onClick={() => setDialog("close")}>
            {said.close}
          </Button>
          {isHandled ? (
            <Button size="small" loading={unhandle.isBusy} onClick={() => void unhandle.save(episode.id)}>
              {said.unhandle}
            </Button>
          ) : (
            <Button size="small" onClick={() => setDialog("handle")}>
              {said.handle}
            </Button>
          )}
        </div>
      )}
      {dialog === "close" && <CloseDialog episode={episode} close={() => setDialog(null)} />}
      {dialog === "handle" && <HandleDialog episode={episode} close={() => setDialog(null)} />}
    </>
  );
}

function Closed({ episode }: { readonly episode: Episode }) {
  const said = useSpeech().words.episodes;
  if (episode.outcome === null) return null;
  const by = episode.closed_by === "system" ? said.bySystem : (episode.closed_by ?? "");
  return (
    <p>
      <strong>{said.closed(said.why[episode.outcome], by)}</strong>
      {episode.note !== "" && <span className="soft small"> {episode.note}</span>}
    </p>
  );
}
