import { Input, Segmented, Select } from "antd";
import type { StreamStatus } from "../api/types";
import { useWords } from "../words/language";
import { type Filter, isAttended, isInTrouble } from "./trouble";

export interface Shown {
  readonly filter: Filter;
  readonly siteId: string | undefined;
  readonly search: string;
  /** yyyy-mm-dd at the site; today where left out. */
  readonly day: string | undefined;
}

interface Props {
  readonly streams: readonly StreamStatus[];
  readonly shown: Shown;
  /** The day that is shown where none was chosen. */
  readonly today: string | undefined;
  readonly change: (part: Partial<Shown>) => void;
}

/** Which cameras are shown, and of which day. */
export function StreamsBar({ streams, shown, today, change }: Props) {
  const words = useWords().streams;
  const sites = new Map(streams.map(({ site }) => [site.id, site.name]));
  const filters: { value: Filter; label: string }[] = [
    { value: "all", label: words.all(streams.length) },
    { value: "trouble", label: words.trouble(streams.filter(isInTrouble).length) },
    { value: "attended", label: words.attended(streams.filter(isAttended).length) },
  ];
  return (
    <div className="streams-bar">
      <Segmented
        options={filters}
        value={shown.filter}
        onChange={(filter) => change({ filter })}
        aria-label={words.show}
      />
      <Input
        allowClear
        value={shown.search}
        onChange={({ target }) => change({ search: target.value })}
        placeholder={words.search}
        aria-label={words.search}
        className="streams-search"
      />
      {sites.size > 1 && (
        <Select
          allowClear
          value={shown.siteId}
          onChange={(siteId: string | undefined) => change({ siteId })}
          placeholder={words.anySite}
          aria-label={words.site}
          className="streams-site"
          options={[...sites].map(([value, label]) => ({ value, label }))}
        />
      )}
      <DayField day={shown.day ?? today} change={(day) => change({ day })} />
    </div>
  );
}

interface DayFieldProps {
  readonly day: string | undefined;
  readonly change: (day: string | undefined) => void;
}

/** The browser's own picker; empty is today at each site. */
export function DayField({ day, change }: DayFieldProps) {
  const words = useWords().streams;
  return (
    <Input
      type="date"
      value={day ?? ""}
      onChange={({ target }) => change(target.value || undefined)}
      aria-label={words.day}
      title={words.day}
      className="streams-day"
    />
  );
}
