/** The network that makes templates, and a change of it: started, watched, switched or cancelled. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { fetchEmbedders, startEmbedderChange } from "../api/calls";
import type { Embedder as EmbedderEntry, Embedders } from "../api/types";
import { useAsk } from "../app/Ask";
import { Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { EmbedderChange } from "./EmbedderChange";
import "./embedder.css";

const WHILE_CHANGING_MS = 2000;
const AT_REST_MS = 30_000;

export function Embedder({ mayChange }: { readonly mayChange: boolean }) {
  const said = useWords().embedder;
  const { data, error, refetch } = useQuery({
    queryKey: ["embedder"],
    queryFn: fetchEmbedders,
    refetchInterval: ({ state }) => (state.data?.change ? WHILE_CHANGING_MS : AT_REST_MS),
  });
  return (
    <section className="card accuracy-card" aria-label={said.title}>
      <h2>{said.title}</h2>
      <p className="soft">{said.hint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <KnownList embedders={data} mayChange={mayChange} />}
      {data?.change && <EmbedderChange change={data.change} mayChange={mayChange} />}
    </section>
  );
}

function KnownList({ embedders, mayChange }: { readonly embedders: Embedders; readonly mayChange: boolean }) {
  const isFree = mayChange && embedders.change === null;
  return (
    <ul className="embedder-list">
      {embedders.known.map((entry) => (
        <KnownRow key={entry.name} entry={entry} isInUse={entry.name === embedders.in_use} mayChange={isFree} />
      ))}
    </ul>
  );
}

interface RowProps {
  readonly entry: EmbedderEntry;
  readonly isInUse: boolean;
  readonly mayChange: boolean;
}

function KnownRow({ entry, isInUse, mayChange }: RowProps) {
  const said = useWords().embedder;
  const ask = useAsk();
  const { save, isBusy } = useSave(startEmbedderChange, ["embedder"]);
  const start = (): void => ask(said.changeAsk(entry.name), said.change(entry.name), () => void save(entry.name));
  return (
    <li>
      <div>
        <strong>{entry.name}</strong> {isInUse && <span className="embedder-used">{said.inUse}</span>}
        <p className="soft small">
          {entry.licence}
          {!entry.allows_commercial_use && ` · ${said.nonCommercial}`} · {said.state[entry.state]}
        </p>
        {entry.trained_on && <p className="soft small">{said.trainedOn(entry.trained_on)}</p>}
        {!entry.is_measured && <p className="small embedder-warning">{said.notMeasured}</p>}
      </div>
      {mayChange && !isInUse && entry.state === "present" && (
        <Button size="small" loading={isBusy} onClick={start}>
          {said.change(entry.name)}
        </Button>
      )}
    </li>
  );
}
