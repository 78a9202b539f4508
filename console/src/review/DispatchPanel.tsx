import type { Delivery, Hit, Reply } from "../api/types";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { metres } from "./distance";
import { DELIVERY_ICONS, REPLY_ICONS } from "./icons";

/** Which groups were told, and what they answer, as it happens. */
export function DispatchPanel({ hit }: { readonly hit: Hit }) {
  const words = useWords().dispatch;
  const groups = byGroup(hit);
  const isOnTheWay = hit.verdict === "confirmed" && groups.length === 0;
  return (
    <section className="card case-card" aria-label={words.title} aria-live="polite">
      <h2>{words.title}</h2>
      {groups.length === 0 && (
        <p className="soft small">
          {isOnTheWay && words.onTheWay}
          {!isOnTheWay && (hit.verdict === null ? words.afterConfirm : words.none)}
        </p>
      )}
      <ul className="told">
        {groups.map(({ id, name, deliveries, replies }) => (
          <li key={id} className="told-group">
            <strong>{name}</strong>
            <ul>
              {deliveries.map((delivery) => (
                <DeliveryLine key={delivery.id} delivery={delivery} />
              ))}
              {replies.map((reply) => (
                <ReplyLine key={reply.id} reply={reply} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Told {
  readonly id: string;
  readonly name: string;
  readonly deliveries: Delivery[];
  readonly replies: Reply[];
}

function byGroup(hit: Hit): Told[] {
  const groups = new Map<string, Told>();
  const of = ({ id, name }: Delivery["group"]): Told => {
    const told = groups.get(id) ?? { id, name, deliveries: [], replies: [] };
    groups.set(id, told);
    return told;
  };
  for (const delivery of hit.deliveries) of(delivery.group).deliveries.push(delivery);
  for (const reply of hit.replies) of(reply.group).replies.push(reply);
  return [...groups.values()];
}

function DeliveryLine({ delivery }: { readonly delivery: Delivery }) {
  const words = useWords();
  const nowMs = useNowMs();
  const said = words.dispatch;
  const details = [
    said.chats[delivery.chat_kind],
    delivery.distance_m !== null && said.distance(metres(delivery.distance_m)),
    delivery.attempts > 1 && said.tries(delivery.attempts),
    delivery.sent_at !== null && ago(delivery.sent_at, nowMs, words.time),
  ];
  return (
    <li className={`told-line told-${delivery.state}`}>
      {DELIVERY_ICONS[delivery.state]}
      <span>
        {delivery.kind !== "hit" && `${said.kinds[delivery.kind]}: `}
        {said.states[delivery.state]} <span className="soft small">{details.filter(Boolean).join(" · ")}</span>
        {delivery.error !== null && delivery.state !== "sent" && <span className="told-error">{delivery.error}</span>}
      </span>
    </li>
  );
}

function ReplyLine({ reply }: { readonly reply: Reply }) {
  const words = useWords();
  const nowMs = useNowMs();
  return (
    <li className={`told-line told-reply told-reply-${reply.kind}`}>
      {REPLY_ICONS[reply.kind]}
      <span>
        <strong>{words.dispatch.replies[reply.kind]}</strong>{" "}
        <span className="soft small">
          {reply.member || words.dispatch.somebody} · {ago(reply.said_at, nowMs, words.time)}
        </span>
        {reply.text !== "" && <span className="told-text">{reply.text}</span>}
      </span>
    </li>
  );
}
