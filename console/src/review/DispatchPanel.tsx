import { Button } from "antd";
import { helpHasCome } from "../api/calls";
import type { Delivery, Hit, Reply } from "../api/types";
import { useSave } from "../app/useSave";
import { ForwardButton } from "../episodes/ForwardButton";
import { ReplyMedia } from "../episodes/ReplyMedia";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { metres } from "./distance";
import { DELIVERY_ICONS, REPLY_ICONS } from "./icons";

/** Which groups were told, and what they answer, as it happens. */
export function DispatchPanel({ hit, mayDecide }: { readonly hit: Hit; readonly mayDecide: boolean }) {
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
            <span className="told-head">
              <strong>{name}</strong>
              {mayDecide && <Forwards hit={hit} deliveries={deliveries} />}
              {mayDecide && <Helped hit={hit} replies={replies} />}
            </span>
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

/** Shown where a message of the group stands, for who may hand it down. */
function Forwards({ hit, deliveries }: { readonly hit: Hit; readonly deliveries: readonly Delivery[] }) {
  const told = deliveries.find(({ kind, state }) => kind === "hit" && (state === "sent" || state === "unknown"));
  const stands = hit.verdict === "confirmed" && hit.episode?.closed_at === null;
  return told && stands ? <ForwardButton delivery={told} /> : null;
}

function Helped({ hit, replies }: { readonly hit: Hit; readonly replies: readonly Reply[] }) {
  const words = useWords().episodes;
  const { save, isBusy } = useSave(helpHasCome, ["system"]);
  if (!replies.some(({ kind }) => kind === "need_help")) return null;
  return (
    <Button size="small" title={words.helpedHint} loading={isBusy} onClick={() => void save(hit.id)}>
      {words.helped}
    </Button>
  );
}

function DeliveryLine({ delivery }: { readonly delivery: Delivery }) {
  const words = useWords();
  const nowMs = useNowMs();
  const said = words.dispatch;
  const details = [
    said.chats[delivery.chat_kind],
    delivery.distance_m !== null && said.distance(metres(delivery.distance_m)),
    delivery.attempts > 1 && said.tries(delivery.attempts),
    delivery.forwarded_by !== null && words.episodes.forwardedBy(delivery.forwarded_by.replace(/^\w+:/, "")),
    delivery.forward_policy_id !== null && words.episodes.forwardedByPolicy,
    delivery.sent_at !== null && ago(delivery.sent_at, nowMs, words.time),
    delivery.read_at !== null && words.episodes.read(ago(delivery.read_at, nowMs, words.time)),
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
        {reply.place !== null && <span className="small"> {words.episodes.place(reply.place)}</span>}
        {reply.is_late && <span className="tag">{words.episodes.late}</span>}
        {reply.text !== "" && reply.text !== reply.place && <span className="told-text">{reply.text}</span>}
        <ReplyMedia reply={reply} />
      </span>
    </li>
  );
}
