/** Listed faces that do not move, each with the two answers there are. */

import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "wouter";
import { answerStillFace, fetchStillFaces, framePictureUrl } from "../api/calls";
import type { StillFace, User } from "../api/types";
import { mayPause } from "../app/access";
import { useSave } from "../app/useSave";
import { Picture } from "../pictures/Picture";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { points, rectangle } from "./shapes";
import "./masks.css";

const REFRESH_MS = 15_000;

export function StillFaces({ user }: { readonly user: User }) {
  const words = useWords().masks;
  const { data } = useQuery({ queryKey: ["still-faces"], queryFn: fetchStillFaces, refetchInterval: REFRESH_MS });
  if (!data?.length) return null;
  return (
    <section className="card masks-still" aria-label={words.still}>
      <h2>{words.still}</h2>
      <p className="soft small">{words.stillHint}</p>
      <ul>
        {data.map((still) => (
          <StillItem key={still.id} still={still} mayAnswer={mayPause(user, still.site_id)} />
        ))}
      </ul>
    </section>
  );
}

function StillItem({ still, mayAnswer }: { readonly still: StillFace; readonly mayAnswer: boolean }) {
  const { words, language } = useSpeech();
  const said = words.masks;
  const { save, isBusy } = useSave((isPicture: boolean) => answerStillFace(still.id, isPicture), ["still-faces"]);
  const [x1, y1, x2, y2] = still.box;
  const box = rectangle([x1, y1], [x2, y2]);
  return (
    <li className="masks-item">
      {still.has_frame && still.hit_id !== null && (
        <Picture address={framePictureUrl(still.hit_id)} alt={said.canvas} className="masks-frame">
          <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
            {box && <polygon points={points(box)} vectorEffect="non-scaling-stroke" />}
          </svg>
        </Picture>
      )}
      <div className="masks-words">
        <strong>{said.stillSince(still.person_name, still.stream_name, dateTime(still.since, language))}</strong>
        {still.hit_id !== null && (
          <Link href={`/hits/${still.hit_id}`}>{said.stillHit(`#${String(still.hit_number).padStart(4, "0")}`)}</Link>
        )}
        {mayAnswer && (
          <div className="masks-answers">
            <Button type="primary" disabled={isBusy} onClick={() => void save(true)}>
              {said.accept}
            </Button>
            <Button disabled={isBusy} onClick={() => void save(false)}>
              {said.dismiss}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}
