/** Which cameras, and how many in a row. */

import { Button, Checkbox, Input, Segmented, Select } from "antd";
import { useState } from "react";
import type { StreamStatus } from "../api/types";
import { useWords } from "../words/language";
import { type Choice, MOST_COLUMNS } from "./choice";
import { ChooseDialog } from "./ChooseDialog";

interface Props {
  readonly streams: readonly StreamStatus[];
  readonly choice: Choice;
  readonly change: (part: Partial<Choice>) => void;
}

export function WallBar({ streams, choice, change }: Props) {
  const words = useWords().wall;
  const [isChoosing, setIsChoosing] = useState(false);
  const sites = [...new Map(streams.map(({ site }) => [site.id, site.name]))];
  const columns = Array.from({ length: MOST_COLUMNS + 1 }, (_, n) => ({ value: n, label: n || words.automatic }));
  return (
    <div className="wall-bar">
      {sites.length > 1 && (
        <Select
          aria-label={words.site}
          value={choice.siteId}
          onChange={(siteId) => change({ siteId })}
          options={[{ value: "", label: words.allSites }, ...sites.map(([value, label]) => ({ value, label }))]}
          popupMatchSelectWidth={false}
        />
      )}
      <Input
        className="wall-search"
        allowClear
        aria-label={words.search}
        placeholder={words.search}
        value={choice.text}
        onChange={({ target }) => change({ text: target.value })}
      />
      <Checkbox checked={choice.isTroubleOnly} onChange={({ target }) => change({ isTroubleOnly: target.checked })}>
        {words.trouble}
      </Checkbox>
      <Button onClick={() => setIsChoosing(true)}>
        {choice.picked === null ? words.choose : words.chosen(choice.picked.length)}
      </Button>
      <Segmented
        className="wall-columns"
        aria-label={words.columns}
        value={choice.columns}
        onChange={(n) => change({ columns: n })}
        options={columns}
      />
      {isChoosing && (
        <ChooseDialog
          streams={streams}
          picked={choice.picked}
          choose={(picked) => change({ picked })}
          close={() => setIsChoosing(false)}
        />
      )}
    </div>
  );
}
