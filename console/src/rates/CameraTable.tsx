import type { CameraRates } from "../api/types";
import { useWords } from "../words/language";
import { Figure } from "./Figure";
import { figure, percent } from "./figures";
import { type Column, SortedTable } from "./SortedTable";

export function CameraTable({ cameras }: { readonly cameras: readonly CameraRates[] }) {
  const words = useWords().rates;
  const columns = useColumns();
  return (
    <SortedTable
      label={words.cameras}
      columns={columns}
      rows={cameras}
      keyOf={({ stream_id }) => stream_id}
    />
  );
}

function useColumns(): Column<CameraRates>[] {
  const words = useWords().rates;
  return [
    { key: "camera", title: words.camera, cell: ({ name }) => <strong>{name}</strong>, rank: ({ name }) => name },
    { key: "false", title: words.nFalse, cell: (row) => row.alerts.n_false, rank: (row) => row.alerts.n_false },
    {
      key: "confirmed",
      title: words.nConfirmed,
      cell: (row) => row.alerts.n_confirmed,
      rank: (row) => row.alerts.n_confirmed,
    },
    {
      key: "passages",
      title: words.passages,
      cell: (row) => row.n_passages.toLocaleString(),
      rank: (row) => row.n_passages,
    },
    {
      key: "per_passage",
      title: words.perPassage,
      cell: (row) => <Figure rate={row.per_passage} write={percent} />,
      rank: (row) => row.per_passage.value ?? -1,
    },
    {
      key: "per_day",
      title: words.perCameraDay,
      cell: (row) => <Figure rate={row.per_camera_day} write={figure} />,
      rank: (row) => row.per_camera_day.value ?? -1,
    },
  ];
}
