import {
  CheckCircleFilled,
  CloseCircleFilled,
  EyeFilled,
  LoadingOutlined,
  PauseCircleOutlined,
  StarFilled,
} from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "wouter";
import type { StreamDay, StreamReport, StreamStatus } from "../api/types";
import { MasksDialog } from "../masks/MasksDialog";
import { percent } from "../rates/figures";
import { ago, dateTime } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useSpeech, useWords } from "../words/language";
import { DayBar } from "./DayBar";
import { isAttended, isLeavingOut } from "./trouble";

const ICONS = {
  live: <CheckCircleFilled aria-hidden />,
  opening: <LoadingOutlined aria-hidden />,
  down: <CloseCircleFilled aria-hidden />,
  stopped: <PauseCircleOutlined aria-hidden />,
} as const;

interface Props {
  readonly stream: StreamStatus;
  readonly day: StreamDay | undefined;
  readonly verdict: StreamReport["verdict"] | undefined;
  /** An admin of its site: draws masks over its picture. */
  readonly mayMask: boolean;
}

/** One camera at a glance; its page says more. */
export function StreamRow({ stream, day, verdict, mayMask }: Props) {
  const words = useWords().streams;
  return (
    <li className="stream">
      <span className="stream-name">
        <Link href={`/streams/${encodeURIComponent(stream.id)}`}>
          <strong>{stream.name}</strong>
        </Link>
        {stream.is_key && <StarFilled className="stream-key" title={words.key} aria-label={words.key} />}
        {(verdict === "unfit" || verdict === "limited") && (
          <span className={`small stream-tag stream-verdict-${verdict}`} title={words.report}>
            {words.verdicts[verdict]}
          </span>
        )}
        <span className="soft small stream-place">
          {stream.site.name} · {stream.place}
        </span>
      </span>
      <StateOf stream={stream} />
      <DayBar day={day} zone={stream.site.time_zone} />
      <Numbers stream={stream} />
      <span className="stream-tools">{mayMask && <MasksButton stream={stream} />}</span>
    </li>
  );
}

/** How a stream is, since when, and why. */
export function StateOf({ stream }: { readonly stream: StreamStatus }) {
  const { words, language } = useSpeech();
  const said = words.streams;
  const isCalm = stream.state === "live";
  return (
    <span className="stream-state">
      <span className={`stream-word stream-${stream.state}`}>
        {isAttended(stream) ? <EyeFilled aria-hidden /> : ICONS[stream.state]} {stateWord(stream, said)}
        {!isCalm && stream.since !== null && (
          <span className="soft small stream-since">
            {" "}
            {said.since(dateTime(stream.since, language, stream.site.time_zone))}
          </span>
        )}
      </span>
      {stream.explanation !== null && <span className="small stream-why" title={stream.explanation}>{stream.explanation}</span>}
      {isLeavingOut(stream) && (
        <span className="small stream-left-out">{said.leftOut(percent(stream.dropped_share ?? 0))}</span>
      )}
    </span>
  );
}

function Numbers({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords();
  const said = words.streams;
  const nowMs = useNowMs();
  const { changed_at, fps, gop_s, state } = stream;
  const rates = [fps === null ? null : said.fps(fps.toFixed(0)), gop_s === null ? null : said.gopShort(gop_s.toFixed(1))];
  return (
    <span className="stream-numbers soft small numbers">
      <span>
        {said.picture}: {changed_at === null ? said.never : ago(changed_at, nowMs, words.time)}
      </span>
      {state === "live" && <span>{rates.filter((part) => part !== null).join(" · ")}</span>}
    </span>
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
  readonly attentions: Readonly<Record<StreamStatus["attention"], string>>;
  readonly unknown: string;
  readonly disabled: string;
}

/** A stream that is switched on and that no worker has taken up is nobody's: say so. */
export function stateWord({ state, attention, since, is_enabled }: StreamStatus, words: StateWords): string {
  if (!is_enabled) return words.disabled;
  if (state === "live") return words.attentions[attention];
  return state === "stopped" && since === null ? words.unknown : words.states[state];
}
