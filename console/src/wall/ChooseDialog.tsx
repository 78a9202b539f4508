/** Any cameras, picked by hand. */

import { Button, Checkbox, Input, Modal } from "antd";
import { useState } from "react";
import type { StreamStatus } from "../api/types";
import { useWords } from "../words/language";
import { isNamed } from "./choice";

interface Props {
  readonly streams: readonly StreamStatus[];
  readonly picked: readonly string[] | null;
  readonly choose: (picked: readonly string[] | null) => void;
  readonly close: () => void;
}

export function ChooseDialog({ streams, picked, choose, close }: Props) {
  const words = useWords();
  const offered = streams.filter(({ is_enabled: isEnabled }) => isEnabled);
  const all = offered.map(({ id }) => id);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(picked ?? all));
  const [text, setText] = useState("");
  const shown = offered.filter((stream) => isNamed(stream, text.trim().toLowerCase()));
  const set = (id: string, isChosen: boolean): void =>
    setChosen((before) => new Set(isChosen ? [...before, id] : [...before].filter((other) => other !== id)));
  const finish = (): void => {
    choose(all.every((id) => chosen.has(id)) ? null : all.filter((id) => chosen.has(id)));
    close();
  };
  return (
    <Modal
      open
      title={words.wall.chooseTitle}
      okText={words.shell.save}
      cancelText={words.shell.cancel}
      onOk={finish}
      onCancel={close}
    >
      <div className="wall-chooser">
        <Input
          allowClear
          aria-label={words.wall.search}
          placeholder={words.wall.search}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Button onClick={() => setChosen(new Set(all))}>{words.wall.all}</Button>
        <Button onClick={() => setChosen(new Set())}>{words.wall.none}</Button>
      </div>
      <ul className="wall-list">
        {shown.map(({ id, name, site, place }) => (
          <li key={id}>
            <Checkbox checked={chosen.has(id)} onChange={({ target }) => set(id, target.checked)}>
              {name}{" "}
              <span className="soft small">
                {site.name} · {place}
              </span>
            </Checkbox>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
