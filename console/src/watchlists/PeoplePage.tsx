/** One list and the people on it. */

import { LeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { Link } from "wouter";
import { closeWatchlist, fetchPeople, fetchWatchlists } from "../api/calls";
import type { User, Watchlist } from "../api/types";
import { mayChangeLists } from "../app/access";
import { useAsk } from "../app/Ask";
import { Empty, Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { ExercisePolicy } from "./ExercisePolicy";
import { ImportDialog } from "./ImportDialog";
import { ListState } from "./ListState";
import { PersonCard } from "./PersonCard";
import { PersonDialog } from "./PersonDialog";
import { WatchlistDialog } from "./WatchlistDialog";
import "./watchlists.css";

interface Props {
  readonly user: User;
  readonly watchlistId: string;
}

type Open = "none" | "change" | "person" | "import";

export default function PeoplePage({ user, watchlistId }: Props) {
  const words = useWords().watchlists;
  const lists = useQuery({ queryKey: ["watchlists"], queryFn: fetchWatchlists });
  const people = useQuery({
    queryKey: ["watchlists", watchlistId, "people"],
    queryFn: () => fetchPeople(watchlistId),
  });
  const [open, setOpen] = useState<Open>("none");
  const list = lists.data?.find(({ id }) => id === watchlistId);
  const mayChange = mayChangeLists(user) && list?.closed_at === null;
  const isAnswerable = mayChange || (list?.closed_at === null && list.owner === user.name);
  const close = (): void => setOpen("none");
  const error = people.error ?? lists.error;
  return (
    <div className="page">
      <Link href="/watchlists" className="back">
        <LeftOutlined aria-hidden /> {words.back}
      </Link>
      {list && <ListHead list={list} mayChange={mayChange} open={setOpen} />}
      {list?.is_exercise && <ExercisePolicy list={list} mayWrite={mayChange} />}
      {error && !people.data && <Failed error={error} retry={() => void people.refetch()} />}
      {people.isPending && <Skeleton active />}
      {people.data?.length === 0 && <Empty title={words.noPeople} />}
      <ul className="people">
        {people.data?.map((person) => (
          <PersonCard key={person.id} person={person} mayChange={mayChange} isAnswerable={isAnswerable} />
        ))}
      </ul>
      {open === "change" && list && <WatchlistDialog list={list} close={close} />}
      {open === "person" && list && <PersonDialog list={list} close={close} />}
      {open === "import" && list && <ImportDialog list={list} close={close} />}
    </div>
  );
}

interface HeadProps {
  readonly list: Watchlist;
  readonly mayChange: boolean;
  readonly open: (what: Open) => void;
}

function ListHead({ list, mayChange, open }: HeadProps) {
  const { words, language } = useSpeech();
  const said = words.watchlists;
  const ask = useAsk();
  const { save } = useSave(closeWatchlist, ["watchlists"]);
  return (
    <>
      <div className="page-head">
        <h1>{list.name}</h1>
        {mayChange && (
          <>
            <Button onClick={() => open("change")}>{said.change}</Button>
            <Button onClick={() => ask(said.closeAsk, said.closeList, () => void save(list.id))}>{said.closeList}</Button>
            <Button onClick={() => open("import")}>{said.importZip}</Button>
            <Button type="primary" onClick={() => open("person")}>
              {said.addPerson}
            </Button>
          </>
        )}
      </div>
      <p className="list-title">
        <ListState list={list} />
        <span className="soft">
          {said.categories[list.category]} · {said.owner}: {list.owner} · {said.ends}: {dateTime(list.ends_at, language)}
        </span>
      </p>
      <p>{list.reason}</p>
      {list.n_one_portrait > 0 && (
        <p className="soft small">
          {words.quality.nOne(list.n_one_portrait)}.{" "}
          {words.quality.gain(list.second_portrait.found_with_one, list.second_portrait.found_with_two)}
        </p>
      )}
      {list.instruction !== null && (
        <p className="soft">
          {said.instruction}: {list.instruction}
        </p>
      )}
    </>
  );
}
