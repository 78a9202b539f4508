/** The lists: what for, whose, until when. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { fetchWatchlists } from "../api/calls";
import type { User } from "../api/types";
import { mayChangeLists } from "../app/access";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { WatchlistDialog } from "./WatchlistDialog";
import { WatchlistRow } from "./WatchlistRow";
import "./watchlists.css";

export default function WatchlistsPage({ user }: { readonly user: User }) {
  const words = useWords().watchlists;
  const [isCreating, setIsCreating] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["watchlists"], queryFn: fetchWatchlists });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        {mayChangeLists(user) && (
          <Button type="primary" onClick={() => setIsCreating(true)}>
            {words.create}
          </Button>
        )}
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.empty}>{words.emptyHint}</Empty>}
      <ul className="lists">
        {data?.map((list) => (
          <WatchlistRow key={list.id} list={list} />
        ))}
      </ul>
      {isCreating && <WatchlistDialog list={null} close={() => setIsCreating(false)} />}
    </div>
  );
}
