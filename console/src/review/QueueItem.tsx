import type { Hit } from "../api/types";
import { Picture } from "../pictures/Picture";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { AnswerSummary } from "./AnswerSummary";
import { HitTags } from "./HitTags";
import { spoken } from "./queue";
import { VerdictMark } from "./VerdictMark";

interface Props {
  readonly hit: Hit;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

export function QueueItem({ hit, isChosen, choose }: Props) {
  const words = useWords();
  const nowMs = useNowMs();
  return (
    <li className={hit.alarm === null ? "item" : "item item-alarm"}>
      <button type="button" className="item-button" aria-current={isChosen} onClick={choose}>
        <Picture address={hit.pictures.face} alt="" className="item-face" isSmall />
        <span className="item-words">
          <span className="item-line">
            <strong className="numbers">{spoken(hit.number)}</strong>
            <span className="soft small">{ago(hit.seen_at, nowMs, words.time)}</span>
          </span>
          <span className="item-place">{hit.stream.place}</span>
          <span className="item-line item-tags">
            {hit.verdict !== null && <VerdictMark verdict={hit.verdict} />}
            <HitTags hit={hit} />
            {hit.alarm === null && <AnswerSummary hit={hit} />}
          </span>
        </span>
      </button>
    </li>
  );
}
