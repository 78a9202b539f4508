import { WarningFilled } from "@ant-design/icons";
import { Link } from "wouter";
import type { EntryRates } from "../api/types";
import { useWords } from "../words/language";
import { FloorList } from "./FloorList";
import { Figure } from "./Figure";
import { figure, percent } from "./figures";
import { type Column, SortedTable } from "./SortedTable";

export function EntryTable({ entries }: { readonly entries: readonly EntryRates[] }) {
  const words = useWords().rates;
  const columns = useColumns();
  if (entries.length === 0) return <p className="soft">{words.noEntries}</p>;
  return (
    <SortedTable
      label={words.entries}
      columns={columns}
      rows={entries}
      keyOf={({ person_id }) => person_id}
      renderBelow={(entry) => <Below entry={entry} />}
    />
  );
}

function useColumns(): Column<EntryRates>[] {
  const words = useWords().rates;
  return [
    { key: "entry", title: words.entry, cell: (row) => <EntryName entry={row} />, rank: (row) => row.name },
    { key: "false", title: words.nFalse, cell: (row) => row.alerts.n_false, rank: (row) => row.alerts.n_false },
    {
      key: "expected",
      title: words.expected,
      hint: words.expectedHint,
      cell: (row) => figure(row.expected),
      rank: (row) => row.expected,
    },
    {
      key: "confirmed",
      title: words.nConfirmed,
      cell: (row) => row.alerts.n_confirmed,
      rank: (row) => row.alerts.n_confirmed,
    },
    {
      key: "precision",
      title: words.precision,
      hint: words.precisionHint,
      cell: (row) => <Figure rate={row.alerts.precision} write={percent} />,
      rank: (row) => row.alerts.precision.value ?? -1,
    },
    {
      key: "per_passage",
      title: words.perPassage,
      cell: (row) => <Figure rate={row.per_passage} write={percent} />,
      rank: (row) => row.per_passage.value ?? -1,
    },
    {
      key: "per_camera_day",
      title: words.perCameraDay,
      cell: (row) => <Figure rate={row.per_camera_day} write={figure} />,
      rank: (row) => row.per_camera_day.value ?? -1,
    },
  ];
}

function EntryName({ entry }: { readonly entry: EntryRates }) {
  return (
    <span className="rates-name">
      <strong>{entry.name}</strong>
      <span className="soft small">{entry.watchlist}</span>
    </span>
  );
}

/** What is to be done about an entry, and where its threshold was raised. */
function Below({ entry }: { readonly entry: EntryRates }) {
  const words = useWords().rates;
  if (!entry.is_flagged && entry.floors.length === 0) return null;
  return (
    <tr className="rates-below">
      <td colSpan={7}>
        {entry.is_flagged && (
          <p className="rates-flag" role="alert">
            <WarningFilled aria-hidden /> <strong>{words.flagged}.</strong> {words.flaggedWhat}{" "}
            <Link href={`/watchlists/${entry.watchlist_id}`}>{words.look}</Link>
          </p>
        )}
        <FloorList floors={entry.floors} />
      </td>
    </tr>
  );
}
