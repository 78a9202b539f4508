import { Button } from "antd";
import { useState } from "react";
import { Link } from "wouter";
import type { DeliveryRow } from "../api/types";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { DeliveryStory } from "./DeliveryStory";
import { RedriveButton } from "./RedriveButton";

interface Props {
  readonly delivery: DeliveryRow;
  readonly mayRedrive: boolean;
}

/** What may still be sent by a person's click; the server decides again. */
const REDRIVABLE: ReadonlySet<string> = new Set(["failed", "queued", "unknown"]);

/** One message to one chat, with its story on demand. */
export function DeliveryItem({ delivery, mayRedrive }: Props) {
  const { deliveries: words, dispatch, time } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const nowMs = useNowMs();
  const kinds: Readonly<Record<string, string>> = dispatch.kinds;
  const chats: Readonly<Record<string, string>> = dispatch.chats;
  const isBad = delivery.state === "failed" || delivery.state === "expired";
  return (
    <li className="card delivery">
      <div className="delivery-head">
        <strong className={isBad ? "delivery-bad" : ""}>{dispatch.states[delivery.state]}</strong>
        <span>{kinds[delivery.kind] ?? delivery.kind}</span>
        {delivery.hit_id !== null && (
          <Link href={`/hits/${delivery.hit_id}`} className="numbers">
            #{String(delivery.number).padStart(4, "0")}
          </Link>
        )}
        <span>
          {delivery.group_name} · {chats[delivery.chat_kind] ?? delivery.chat_kind}
        </span>
        <span className="soft small numbers">
          {ago(delivery.created_at, nowMs, time)}
          {delivery.attempts > 1 && ` · ${dispatch.tries(delivery.attempts)}`}
          {delivery.is_repeat && ` · ${words.repeat}`}
          {delivery.read_at !== null && ` · ${words.read}`}
          {delivery.n_missed > 0 && ` · ${words.missed(delivery.n_missed)}`}
        </span>
        <span className="delivery-actions">
          <Button size="small" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? words.hide : words.explain}
          </Button>
          {mayRedrive && REDRIVABLE.has(delivery.state) && <RedriveButton id={delivery.id} />}
        </span>
      </div>
      {delivery.error !== null && <p className="small delivery-bad">{delivery.error}</p>}
      {isOpen && <DeliveryStory id={delivery.id} />}
    </li>
  );
}
