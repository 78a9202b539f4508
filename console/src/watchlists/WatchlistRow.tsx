import { Link } from "wouter";
import type { Watchlist } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { ListState } from "./ListState";

export function WatchlistRow({ list }: { readonly list: Watchlist }) {
  const { words, language } = useSpeech();
  const said = words.watchlists;
  return (
    <li>
      <Link href={`/watchlists/${list.id}`} className="list-row card">
        <span className="list-title">
          <strong>{list.name}</strong>
          <ListState list={list} />
        </span>
        <span>{list.reason}</span>
        <span className="soft small numbers">
          {said.categories[list.category]} · {said.nPeople(list.n_people)} · {said.owner}: {list.owner} · {said.ends}:{" "}
          {dateTime(list.ends_at, language)}
          {list.is_active && list.n_one_portrait > 0 && ` · ${words.quality.nOne(list.n_one_portrait)}`}
        </span>
      </Link>
    </li>
  );
}
