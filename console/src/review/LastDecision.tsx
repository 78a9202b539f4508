/** What became of the decision made last: sent or not, told to whom, answered how. And the way to take it back. */

import { EditOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "wouter";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { AnswerSummary } from "./AnswerSummary";
import { useHit } from "./hits";
import type { Action } from "./keys";
import { useOutboxState } from "./OutboxProvider";
import { spoken } from "./queue";
import { VerdictMark } from "./VerdictMark";

interface Props {
  readonly hitId: string;
  readonly act: (action: Action) => void;
}

export function LastDecision({ hitId, act }: Props) {
  const words = useWords().review;
  const outbox = useOutboxState();
  const { data: hit } = useHit(hitId);
  const errand = outbox.errands.find((other) => other.hitId === hitId);
  const verdict = errand?.verdict ?? hit?.verdict;
  if (!hit || !verdict) return <span className="soft small">{words.goesTo}</span>;
  return (
    <div className="last-decision" role="status">
      <Link href={`/hits/${hitId}`} className="last-number numbers">
        {spoken(hit.number)}
      </Link>
      <VerdictMark verdict={verdict} />
      {outbox.errands.length > 0 ? <Unsent /> : <AnswerSummary hit={hit} />}
      {!errand && (
        <Button size="small" type="text" icon={<EditOutlined aria-hidden />} onClick={() => act("undo")} className="last-change">
          {words.change} <kbd>Z</kbd>
        </Button>
      )}
    </div>
  );
}

function Unsent() {
  const words = useWords().review;
  const { errands, hold, nextTryMs } = useOutboxState();
  const nowMs = useNowMs();
  if (hold === "login") return <span className="tag tag-maybe">{words.keptForLogin}</span>;
  if (hold !== "retrying" || nextTryMs === null) return <span className="soft small">{words.sending}</span>;
  const seconds = Math.max(1, Math.ceil((nextTryMs - nowMs) / 1000));
  return (
    <span className="tag tag-alarm">
      {errands.length > 1 ? `${words.outbox(errands.length)} · ` : ""}
      {words.notSentYet(seconds)}
    </span>
  );
}
