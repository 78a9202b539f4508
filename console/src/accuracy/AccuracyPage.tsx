/** How many false alerts a day are accepted, what follows from it, how sure that is, and what would help. */

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { fetchAccuracy } from "../api/calls";
import type { Accuracy, User } from "../api/types";
import { mayChangeLists } from "../app/access";
import { Failed } from "../app/states";
import { useWords } from "../words/language";
import { Advice } from "./Advice";
import { Alternatives } from "./Alternatives";
import { Believed } from "./Believed";
import { BudgetForm } from "./BudgetForm";
import { Embedder } from "./Embedder";
import { PastList } from "./PastList";
import { Volunteers } from "./Volunteers";
import { WeakEntries } from "./WeakEntries";
import "./accuracy.css";

/** While workers take up a change the page follows them; at rest only the day's counts move. */
const FOLLOWING_MS = 1500;
const AT_REST_MS = 15_000;

function isSettled({ in_force: force }: Accuracy): boolean {
  return force.is_derived && force.n_workers_current === force.n_workers;
}

export default function AccuracyPage({ user }: { readonly user: User }) {
  const words = useWords().accuracy;
  const { data, error, refetch } = useQuery({
    queryKey: ["accuracy"],
    queryFn: fetchAccuracy,
    refetchInterval: ({ state }) => (state.data && !isSettled(state.data) ? FOLLOWING_MS : AT_REST_MS),
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <Sections accuracy={data} mayChange={mayChangeLists(user)} />}
    </div>
  );
}

function Sections({ accuracy, mayChange }: { readonly accuracy: Accuracy; readonly mayChange: boolean }) {
  const [alerts, setAlerts] = useState<number | null>(null);
  const { calibration } = accuracy;
  return (
    <div className="accuracy">
      <div className="accuracy-column">
        <Believed accuracy={accuracy} />
        <Advice advice={accuracy.advice} />
        {calibration && <WeakEntries entries={accuracy.weak_entries} threshold={calibration.weak} />}
        <PastList history={accuracy.history} />
      </div>
      <div className="accuracy-column">
        <BudgetForm accuracy={accuracy} mayChange={mayChange} chosenAlerts={alerts} />
        {calibration && calibration.alternatives.length > 0 && (
          <Alternatives
            alternatives={calibration.alternatives}
            isOfADay={accuracy.budget !== null}
            mayChoose={mayChange}
            choose={setAlerts}
          />
        )}
        {mayChange && <Volunteers />}
        <Embedder mayChange={mayChange} />
      </div>
    </div>
  );
}
