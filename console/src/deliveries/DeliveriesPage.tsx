/** What was sent, what waits and why; what failed can be sent again. */

import { useQuery } from "@tanstack/react-query";
import { Select, Skeleton } from "antd";
import { useState } from "react";
import { fetchDeliveries } from "../api/calls";
import type { DeliveryState, User } from "../api/types";
import { isAtLeast } from "../app/access";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { DeliveryItem } from "./DeliveryItem";
import "./deliveries.css";

const REFRESH_MS = 3000;

export default function DeliveriesPage({ user }: { readonly user: User }) {
  const { deliveries: words, dispatch } = useWords();
  const [state, setState] = useState<DeliveryState | undefined>();
  const { data, error, refetch } = useQuery({
    queryKey: ["deliveries", state],
    queryFn: () => fetchDeliveries(state),
    refetchInterval: REFRESH_MS,
  });
  const states = Object.entries(dispatch.states).map(([value, label]) => ({ value: value as DeliveryState, label }));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        <Select
          aria-label={words.state}
          placeholder={words.anyState}
          className="deliveries-state"
          allowClear
          value={state}
          options={states}
          onChange={setState}
        />
      </div>
      <p className="soft small">{words.hint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.items.length === 0 && <Empty title={words.none} />}
      <ul className="deliveries">
        {data?.items.map((delivery) => (
          <DeliveryItem key={delivery.id} delivery={delivery} mayRedrive={isAtLeast(user, "reviewer")} />
        ))}
      </ul>
    </div>
  );
}
