/** How often matches were wrong, in all, by camera and by entry, and which entries need somebody to look at them. */

import { useQuery } from "@tanstack/react-query";
import { Select, Skeleton } from "antd";
import { useState } from "react";
import { fetchRates } from "../api/calls";
import type { Rates, User } from "../api/types";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { AnchorPolicies } from "./AnchorPolicies";
import { CameraTable } from "./CameraTable";
import { EntryTable } from "./EntryTable";
import { Figure } from "./Figure";
import { figure, percent } from "./figures";
import "./rates.css";

const WINDOWS = [7, 30, 90, 180];
const REFRESH_MS = 60_000;

export default function RatesPage({ user }: { readonly user: User }) {
  const words = useWords().rates;
  const [days, setDays] = useState(30);
  const { data, error, refetch } = useQuery({
    queryKey: ["rates", days],
    queryFn: () => fetchRates(days),
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className="page rates">
      <div className="page-head">
        <h1>{words.title}</h1>
        <Select
          aria-label={words.window}
          value={days}
          onChange={setDays}
          options={WINDOWS.map((value) => ({ value, label: words.days(value) }))}
        />
      </div>
      <p className="soft small">{words.hint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <Tables rates={data} />}
      <AnchorPolicies user={user} />
    </div>
  );
}

function Tables({ rates }: { readonly rates: Rates }) {
  const words = useWords().rates;
  if (rates.cameras.length === 0) return <Empty title={words.empty} />;
  return (
    <>
      <Summary rates={rates} />
      <section className="card rates-card" aria-label={words.entries}>
        <h2>{words.entries}</h2>
        <EntryTable entries={rates.entries} />
      </section>
      <section className="card rates-card" aria-label={words.cameras}>
        <h2>{words.cameras}</h2>
        <CameraTable cameras={rates.cameras} />
      </section>
    </>
  );
}

function Summary({ rates }: { readonly rates: Rates }) {
  const words = useWords().rates;
  const { alerts } = rates;
  return (
    <section className="card rates-card" aria-label={words.summary}>
      <h2>{words.summary}</h2>
      <dl className="rates-summary">
        <Fact title={words.nFalse}>{alerts.n_false}</Fact>
        <Fact title={words.nConfirmed}>{alerts.n_confirmed}</Fact>
        <Fact title={words.nUnsure}>{alerts.n_unsure}</Fact>
        <Fact title={words.nWaiting}>{alerts.n_waiting}</Fact>
        <Fact title={words.precision}>
          <Figure rate={alerts.precision} write={percent} />
        </Fact>
        <Fact title={words.perPassage}>
          <Figure rate={rates.per_passage} write={percent} />
        </Fact>
        <Fact title={words.perCameraDay}>
          <Figure rate={rates.per_camera_day} write={figure} />
        </Fact>
      </dl>
      <p className="soft small">{words.accepted(figure(rates.accepted_per_day))}</p>
    </section>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt className="soft small">{title}</dt>
      <dd className="numbers">{children}</dd>
    </div>
  );
}
