/** People who agreed that patrol measures with their faces: for admins of all sites. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { fetchVolunteers, removeVolunteer, volunteerUrl } from "../api/calls";
import type { Volunteer } from "../api/types";
import { useAsk } from "../app/Ask";
import { Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { Picture } from "../pictures/Picture";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { VolunteersDialog } from "./VolunteersDialog";

/** A site may have hundreds; their pictures are loaded as they are shown. */
const SHOWN_AT_FIRST = 12;

export function Volunteers() {
  const words = useWords();
  const said = words.accuracy;
  const { data, error, refetch } = useQuery({ queryKey: ["accuracy", "volunteers"], queryFn: fetchVolunteers });
  const [isAdding, setIsAdding] = useState(false);
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? data : data?.slice(0, SHOWN_AT_FIRST);
  return (
    <section className="card accuracy-card">
      <div className="accuracy-head">
        <h2>{said.volunteers}</h2>
        <Button onClick={() => setIsAdding(true)}>{said.addVolunteers}</Button>
      </div>
      <p className="soft">{said.volunteersHint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <p className="numbers">{data.length === 0 ? said.noVolunteers : said.nVolunteers(data.length)}</p>}
      <ul className="accuracy-volunteers">
        {shown?.map((volunteer) => (
          <VolunteerRow key={volunteer.id} volunteer={volunteer} />
        ))}
      </ul>
      {data && shown && shown.length < data.length && <Button onClick={() => setIsWhole(true)}>{words.shell.more}</Button>}
      {isAdding && <VolunteersDialog close={() => setIsAdding(false)} />}
    </section>
  );
}

function VolunteerRow({ volunteer }: { readonly volunteer: Volunteer }) {
  const { words, language } = useSpeech();
  const said = words.accuracy;
  const ask = useAsk();
  const { save, isBusy } = useSave(removeVolunteer, ["accuracy"]);
  const remove = (): void => ask(said.removeAsk(volunteer.name), said.removeVolunteer, () => void save(volunteer.id));
  return (
    <li>
      <Picture address={volunteerUrl(volunteer.id)} alt={said.pictureOf(volunteer.name)} className="accuracy-face" isSmall />
      <div>
        <strong>{volunteer.name}</strong>
        <p className="soft small">
          {said.until} {dateTime(volunteer.ends_at, language)}
        </p>
        <p className="soft small accuracy-consent">{volunteer.consent}</p>
        <Button size="small" type="text" loading={isBusy} onClick={remove}>
          {said.removeVolunteer}
        </Button>
      </div>
    </li>
  );
}
