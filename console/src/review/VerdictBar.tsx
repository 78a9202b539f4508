import { EditOutlined, RightOutlined } from "@ant-design/icons";
import type { Hit, Verdict } from "../api/types";
import { localTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import type { Action } from "./keys";
import { useDesk } from "./OutboxProvider";
import { useDecider } from "./useDecider";
import { VERDICT_ICONS } from "./VerdictMark";

interface Props {
  readonly hit: Hit;
  readonly mayDecide: boolean;
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly act: (action: Action) => void;
}

const CHOICES: readonly (readonly [Verdict, string])[] = [
  ["rejected", "X"],
  ["unsure", "U"],
  ["confirmed", "C"],
];

export function VerdictBar({ hit, mayDecide, isOpen, isReady, act }: Props) {
  const words = useWords().review;
  if (!isOpen) return <DecidedBar {...{ hit, mayDecide, act }} />;
  if (!mayDecide) return <p className="verdicts verdicts-note soft">{words.viewerOnly}</p>;
  return (
    <div className="verdicts">
      {CHOICES.map(([verdict, key]) => (
        <button
          key={verdict}
          type="button"
          className={`verdict verdict-${verdict}`}
          aria-keyshortcuts={key}
          disabled={!isReady}
          onClick={() => act(verdict)}
        >
          <span className="verdict-icon">{VERDICT_ICONS[verdict]}</span>
          <span className="verdict-words">
            <strong>{words.actions[verdict]}</strong>
            <small>{words.actionHints[verdict]}</small>
          </span>
          <kbd>{key}</kbd>
        </button>
      ))}
    </div>
  );
}

type DecidedProps = Pick<Props, "hit" | "mayDecide" | "act">;

/** The hit on screen was decided, here or by somebody else: say who, when and what, and offer the way on. */
function DecidedBar({ hit, mayDecide, act }: DecidedProps) {
  const { words, language } = useSpeech();
  const { decidedHere } = useDesk();
  const decider = useDecider();
  const said = words.review;
  const last = hit.decisions.at(-1);
  const timeOf = (at: string): string => localTime(Date.parse(at), language);
  const isUnsent = hit.verdict === null && decidedHere.get(hit.id) === hit.round;
  return (
    <div className="verdicts verdicts-decided" role="status">
      <p>
        {isUnsent && said.sending}
        {!isUnsent && last && said.decidedBy(said.verdicts[last.verdict], decider(last), timeOf(last.decided_at))}
      </p>
      {mayDecide && hit.verdict !== null && (
        <button type="button" className="verdict-quiet" onClick={() => act("amend")}>
          <EditOutlined aria-hidden /> {said.change}
        </button>
      )}
      <button type="button" className="verdict-quiet" onClick={() => act("next")}>
        {said.actions.next} <RightOutlined aria-hidden />
      </button>
    </div>
  );
}
