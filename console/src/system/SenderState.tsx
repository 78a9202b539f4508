import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import type { SystemStatus } from "../api/types";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";

/** Whether anybody sends, and what waits. */
export function SenderState({ sender }: Pick<SystemStatus, "sender">) {
  const words = useWords();
  const said = words.system;
  const nowMs = useNowMs();
  return (
    <section className="card system-card" aria-label={said.sender}>
      <h2>{said.sender}</h2>
      <p className={sender.is_alive ? "" : "system-bad"}>
        {sender.is_alive ? (
          <CheckCircleFilled aria-hidden className="system-good" />
        ) : (
          <CloseCircleFilled aria-hidden className="system-bad" />
        )}{" "}
        {sender.is_alive ? said.senderRuns : said.noSender}
        {sender.beat_at !== null && (
          <span className="soft small">
            {" "}
            {said.beat}: {ago(sender.beat_at, nowMs, words.time)}
          </span>
        )}
      </p>
      <p className="numbers">
        {said.queued}: {sender.n_queued}
        {sender.oldest_queued_at !== null && (
          <span className="soft small"> {said.oldest(ago(sender.oldest_queued_at, nowMs, words.time))}</span>
        )}
      </p>
    </section>
  );
}
