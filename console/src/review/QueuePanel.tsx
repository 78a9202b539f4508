/** What waits and what was decided: beside the faces on a desk, behind one button on a phone. */

import { BellOutlined, LeftOutlined, RightOutlined, UnorderedListOutlined } from "@ant-design/icons";
import { Badge, Button, Drawer, Segmented, Tooltip } from "antd";
import { useState } from "react";
import type { Hit } from "../api/types";
import { useIsWide } from "../app/useIsWide";
import { useWords } from "../words/language";
import type { Action } from "./keys";
import { QueueItem } from "./QueueItem";
import "./queue.css";

interface Props {
  readonly queue: readonly Hit[];
  readonly total: number;
  readonly decided: readonly Hit[];
  readonly chosenId: string | null;
  readonly choose: (id: string) => void;
  readonly act: (action: Action) => void;
  readonly isSoundOn: boolean;
}

export function QueuePanel(props: Props) {
  return useIsWide() ? (
    <aside className="queue">
      <QueueLists {...props} />
    </aside>
  ) : (
    <PhoneQueue {...props} />
  );
}

function QueueLists({ queue, total, decided, chosenId, choose, act, isSoundOn }: Props) {
  const words = useWords().review;
  const [shown, setShown] = useState<"waiting" | "decided">("waiting");
  const hits = shown === "waiting" ? queue : decided;
  const options = [
    { value: "waiting" as const, label: total > 0 ? `${words.waiting} · ${total}` : words.waiting },
    { value: "decided" as const, label: words.decided },
  ];
  return (
    <>
      <div className="queue-head">
        <Segmented block value={shown} onChange={setShown} options={options} aria-label={words.queue} />
        <Tooltip title={isSoundOn ? words.actions.soundOn : words.actions.soundOff}>
          <Button
            type="text"
            icon={<BellOutlined aria-hidden />}
            className={isSoundOn ? "queue-sound queue-sound-on" : "queue-sound"}
            aria-label={words.actions.soundOn}
            aria-pressed={isSoundOn}
            onClick={() => act("sound")}
          />
        </Tooltip>
      </div>
      <ul className="queue-list" aria-label={words[shown]}>
        {hits.map((hit) => (
          <QueueItem key={hit.id} hit={hit} isChosen={hit.id === chosenId} choose={() => choose(hit.id)} />
        ))}
      </ul>
      {hits.length === 0 && <p className="queue-empty soft">{shown === "waiting" ? words.empty : words.nothingDecided}</p>}
    </>
  );
}

function PhoneQueue(props: Props) {
  const words = useWords().review;
  const [isOpen, setIsOpen] = useState(false);
  const { act, queue, total, chosenId, choose } = props;
  const index = queue.findIndex((hit) => hit.id === chosenId);
  const close = (): void => setIsOpen(false);
  const pick = (id: string): void => {
    close();
    choose(id);
  };
  const step = (action: "previous" | "next", icon: React.ReactNode, isOff: boolean) => (
    <Button type="text" icon={icon} aria-label={words.actions[action]} disabled={isOff} onClick={() => act(action)} />
  );
  return (
    <div className="queue-bar">
      {step("previous", <LeftOutlined aria-hidden />, index <= 0)}
      <Button type="text" onClick={() => setIsOpen(true)} icon={<UnorderedListOutlined aria-hidden />}>
        {words.waiting}
        <Badge count={total} overflowCount={999} color="var(--accent)" />
      </Button>
      {step("next", <RightOutlined aria-hidden />, index >= queue.length - 1)}
      <Drawer placement="bottom" size="75%" open={isOpen} onClose={close} title={words.queue}>
        <div className="queue-drawer">
          <QueueLists {...props} choose={pick} />
        </div>
      </Drawer>
    </div>
  );
}
