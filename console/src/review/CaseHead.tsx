import { WarningFilled } from "@ant-design/icons";
import type { Hit } from "../api/types";
import { ago, siteTime } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useSpeech } from "../words/language";
import { HitTags } from "./HitTags";
import { spoken } from "./queue";
import { VerdictMark } from "./VerdictMark";

/** Where and when: what a guard would be told first. */
export function CaseHead({ hit }: { readonly hit: Hit }) {
  const { words, language } = useSpeech();
  const nowMs = useNowMs();
  return (
    <header className="head">
      {hit.alarm !== null && <Alarm hit={hit} />}
      <div className="head-line">
        <span className="head-number numbers">{spoken(hit.number)}</span>
        {hit.verdict !== null && <VerdictMark verdict={hit.verdict} />}
        <HitTags hit={hit} />
      </div>
      <p className="head-place">{hit.stream.place}</p>
      <p className="head-when soft">
        <span>{hit.site.name}</span>
        <time className="numbers" dateTime={hit.seen_at} title={words.time.siteTime(hit.site.time_zone)}>
          {siteTime(hit.seen_at, hit.site.time_zone, nowMs, language)}
        </time>
        <span className="head-ago">{ago(hit.seen_at, nowMs, words.time)}</span>
      </p>
    </header>
  );
}

function Alarm({ hit }: { readonly hit: Hit }) {
  const { words } = useSpeech();
  const said = hit.replies.findLast((reply) => reply.kind === "not_him");
  const who = said && `${said.member || words.dispatch.somebody} (${said.group.name})`;
  const text = hit.alarm === "not_him" ? words.review.alarms.not_him : words.review.alarms.other;
  return (
    <p className="head-alarm" role="alert">
      <WarningFilled aria-hidden /> {who ? words.review.guardSaysNotHim(who) : text}
    </p>
  );
}
