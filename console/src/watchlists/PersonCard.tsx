import { DeleteOutlined, MoreOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { fetchRates, portraitUrl, removePerson, removePortrait } from "../api/calls";
import type { Person, Portrait } from "../api/types";
import { useAsk } from "../app/Ask";
import { useSave } from "../app/useSave";
import { Picture } from "../pictures/Picture";
import { FloorList } from "../rates/FloorList";
import { floorsOf } from "../rates/figures";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { PortraitsDialog } from "./PortraitsDialog";
import { SuspendDialog } from "./SuspendDialog";

/** As far back as rows of hits are kept: one question for all the cards of a list. */
const RATED_DAYS = 180;

interface Props {
  readonly person: Person;
  readonly mayChange: boolean;
  /** Also who answers for the list: may add photos and suspend. */
  readonly isAnswerable: boolean;
}

export function PersonCard({ person, mayChange, isAnswerable }: Props) {
  const { words, language } = useSpeech();
  const said = words.watchlists;
  const ask = useAsk();
  const remove = useSave(removePerson, ["watchlists"]);
  const { data: rates } = useQuery({ queryKey: ["rates", RATED_DAYS], queryFn: () => fetchRates(RATED_DAYS) });
  const floors = floorsOf(rates?.entries, person.id);
  const [isAdding, setIsAdding] = useState(false);
  const [isSuspending, setIsSuspending] = useState(false);
  const isSuspended = person.suspended_at !== null;
  const suspend = {
    key: "suspend",
    label: isSuspended ? said.resume : said.suspend,
    onClick: () => setIsSuspending(true),
  };
  const add = { key: "add", label: said.morePhotos, onClick: () => setIsAdding(true) };
  const change = [
    add,
    suspend,
    {
      key: "remove",
      danger: true,
      label: said.removePerson,
      onClick: () => ask(said.removeAsk(person.name), said.removePerson, () => void remove.save(person.id)),
    },
  ];
  return (
    <li className="person card">
      <div className="person-photos">
        {person.portraits.map((portrait) => (
          <Photo key={portrait.id} {...{ portrait, mayChange }} name={person.name} />
        ))}
      </div>
      <div className="person-words">
        <strong>{person.name}</strong>
        {!person.is_active && !isSuspended && <span className="tag">{said.inactive}</span>}
        {isSuspended && <Suspended person={person} />}
        <p>{person.reason}</p>
        <p className="soft small">
          {person.external_ref !== null && `${person.external_ref} · `}
          {said.source}: {person.source} · {said.ends}: {dateTime(person.ends_at, language)}
        </p>
        {person.note !== "" && <p className="soft small">{person.note}</p>}
        <WeakPhotos portraits={person.portraits} />
        <FloorList floors={floors} />
        {person.second_portrait !== null && isAnswerable && (
          <SecondPortrait gain={person.second_portrait} add={() => setIsAdding(true)} />
        )}
      </div>
      {isAnswerable && (
        <Dropdown menu={{ items: mayChange ? change : [add, suspend] }} trigger={["click"]} placement="bottomRight">
          <Button className="person-menu" type="text" icon={<MoreOutlined aria-hidden />} aria-label={said.change} />
        </Dropdown>
      )}
      {isAdding && <PortraitsDialog person={person} mayOverrule={mayChange} close={() => setIsAdding(false)} />}
      {isSuspending && <SuspendDialog person={person} close={() => setIsSuspending(false)} />}
    </li>
  );
}

function Suspended({ person }: { readonly person: Person }) {
  const words = useWords().watchlists;
  const isWrongful = person.suspended_why === "wrongful_stop";
  return (
    <p className="person-suspended small">
      {isWrongful ? words.wrongfulStop : words.suspended(person.suspended_by ?? "", person.suspended_why ?? "")}
    </p>
  );
}

interface SecondProps {
  readonly gain: NonNullable<Person["second_portrait"]>;
  readonly add: () => void;
}

/** What a second good photo would gain, and the way to it. */
function SecondPortrait({ gain, add }: SecondProps) {
  const words = useWords().quality;
  return (
    <p className="soft small">
      {words.second(gain.found_with_one, gain.found_with_two)}{" "}
      <Button type="link" size="small" className="person-second" onClick={add}>
        {words.addSecond}
      </Button>
    </p>
  );
}

/** Why each weak photo was let in, by whom, and what to expect of it. */
function WeakPhotos({ portraits }: { readonly portraits: readonly Portrait[] }) {
  const words = useWords().quality;
  return portraits
    .filter((portrait) => portrait.is_weak)
    .map((portrait) => (
      <p key={portrait.id} className="small">
        <strong>{words.weak}</strong>{" "}
        {words.weakWhy(portrait.weak_reason ?? "", portrait.weak_by ?? "", portrait.find_rate)}
      </p>
    ));
}

interface PhotoProps {
  readonly portrait: Portrait;
  readonly name: string;
  readonly mayChange: boolean;
}

function Photo({ portrait, name, mayChange }: PhotoProps) {
  const words = useWords();
  const said = words.watchlists;
  const ask = useAsk();
  const { save } = useSave(removePortrait, ["watchlists"]);
  return (
    <Picture address={portraitUrl(portrait.id)} alt={words.review.enrolledAlt(name)} className="person-photo">
      {portrait.is_weak && <span className="tag tag-maybe person-photo-weak">{words.quality.weak}</span>}
      {mayChange && (
        <Button
          className="person-photo-remove"
          size="small"
          icon={<DeleteOutlined aria-hidden />}
          aria-label={said.removePhoto}
          onClick={() => ask(said.removePhotoAsk, said.removePhoto, () => void save(portrait.id))}
        />
      )}
    </Picture>
  );
}
