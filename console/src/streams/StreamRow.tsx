import { CheckCircleFilled, CloseCircleFilled, LoadingOutlined, PauseCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { StreamStatus } from "../api/types";
import { MasksDialog } from "../masks/MasksDialog";
import { ago, dateTime } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useSpeech, useWords } from "../words/language";

const ICONS = {
  live: <CheckCircleFilled aria-hidden />,
  opening: <LoadingOutlined aria-hidden />,
  down: <CloseCircleFilled aria-hidden />,
  stopped: <PauseCircleOutlined aria-hidden />,
} as const;

interface Props {
  readonly stream: StreamStatus;
  /** An admin of its site: draws masks over its picture. */
  readonly mayMask: boolean;
}

export function StreamRow({ stream, mayMask }: Props) {
  const { words, language } = useSpeech();
  const said = words.streams;
  const nowMs = useNowMs();
  return (
    <li className="stream">
      <span className="stream-name">
        <strong>{stream.name}</strong>
        <span className="soft small">
          {stream.site.name} · {stream.place} · <code>{stream.id}</code>
        </span>
      </span>
      <span className="stream-state">
        <span className={`stream-word stream-${stream.state}`}>
          {ICONS[stream.state]} {stream.is_enabled ? stateWord(stream, said) : said.disabled}
        </span>
        {stream.explanation !== null && <span className="small">{stream.explanation}</span>}
        {stream.since !== null && <span className="soft small">{said.since(dateTime(stream.since, language))}</span>}
      </span>
      <span className="stream-numbers soft small numbers">
        <span>
          {said.lastFrame}: {stream.last_frame_at === null ? said.never : ago(stream.last_frame_at, nowMs, words.time)}
        </span>
        <span>
          {said.faces}: {stream.n_faces.toLocaleString()} · {said.looks}: {stream.n_looks.toLocaleString()}
        </span>
        {mayMask && <MasksButton stream={stream} />}
      </span>
    </li>
  );
}

function MasksButton({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords().masks;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <span>
      <Button size="small" onClick={() => setIsOpen(true)}>
        {words.masks(stream.n_masks)}
      </Button>
      {isOpen && <MasksDialog stream={stream} close={() => setIsOpen(false)} />}
    </span>
  );
}

interface StateWords {
  readonly states: Readonly<Record<StreamStatus["state"], string>>;
  readonly unknown: string;
}

/** A stream that is switched on and that no worker has taken up is nobody's: say so. */
function stateWord({ state, since }: StreamStatus, words: StateWords): string {
  return state === "stopped" && since === null ? words.unknown : words.states[state];
}
