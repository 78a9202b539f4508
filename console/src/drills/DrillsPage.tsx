/** Start an exercise, and watch how soon each group answers. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { fetchDrills } from "../api/calls";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { DrillCard } from "./DrillCard";
import { DrillDialog } from "./DrillDialog";
import "./drills.css";

const WHILE_RUNNING_MS = 1000;
const AT_REST_MS = 15_000;

export default function DrillsPage() {
  const words = useWords().drills;
  const [isStarting, setIsStarting] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["drills"],
    queryFn: fetchDrills,
    refetchInterval: ({ state }) => (state.data?.some((drill) => !drill.is_over) ? WHILE_RUNNING_MS : AT_REST_MS),
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        <Button type="primary" onClick={() => setIsStarting(true)}>
          {words.start}
        </Button>
      </div>
      <p className="soft small">{words.hint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.none} />}
      <ul className="drills">
        {data?.map((drill) => (
          <DrillCard key={drill.id} drill={drill} />
        ))}
      </ul>
      {isStarting && <DrillDialog close={() => setIsStarting(false)} />}
    </div>
  );
}
