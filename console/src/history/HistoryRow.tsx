import { Link } from "wouter";
import type { Hit } from "../api/types";
import { Picture } from "../pictures/Picture";
import { AnswerSummary } from "../review/AnswerSummary";
import { HitTags } from "../review/HitTags";
import { spoken } from "../review/queue";
import { VerdictMark } from "../review/VerdictMark";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";

export function HistoryRow({ hit }: { readonly hit: Hit }) {
  const { language } = useSpeech();
  const last = hit.decisions.at(-1);
  return (
    <li>
      <Link href={`/history/${hit.id}`} className="history-row">
        <Picture address={hit.pictures.face} alt="" className="item-face" isSmall />
        <Picture address={hit.pictures.portrait} alt="" className="item-face" isSmall />
        <span className="history-who">
          <strong>{hit.person.name}</strong>
          <span className="soft small numbers">
            {spoken(hit.number)} · {hit.watchlist.name}
          </span>
        </span>
        <span className="history-where">
          {hit.stream.place}
          <span className="soft small numbers">
            {hit.site.name} · {dateTime(hit.seen_at, language, hit.site.time_zone)}
          </span>
        </span>
        <span className="history-verdict">
          <span className="item-tags item-line">
            {hit.verdict !== null && <VerdictMark verdict={hit.verdict} />}
            <HitTags hit={hit} />
            <AnswerSummary hit={hit} />
          </span>
          <span className="soft small">{last?.by}</span>
        </span>
      </Link>
    </li>
  );
}
