import type { Hit, ReplyKind } from "../api/types";
import { useWords } from "../words/language";
import { REPLY_ICONS } from "./icons";

/** What matters most of the guards' answers, when there is room for one word only. */
const WEIGHT: readonly ReplyKind[] = [
  ...(["need_help", "not_him", "stopped", "sighted", "on_my_way"] as const),
  ...(["gone", "cannot_go", "other", "seen"] as const),
];

export function AnswerSummary({ hit }: { readonly hit: Hit }) {
  const words = useWords().dispatch;
  const kind = WEIGHT.find((candidate) => hit.replies.some((reply) => reply.kind === candidate));
  if (kind !== undefined)
    return (
      <span className={`tag tag-reply-${kind}`}>
        {REPLY_ICONS[kind]} {words.replies[kind]}
      </span>
    );
  const told = hit.deliveries.filter((delivery) => delivery.kind === "hit");
  if (told.length === 0) return null;
  const sent = told.filter((delivery) => delivery.state === "sent").length;
  return (
    <span className="small soft numbers">
      {words.states.sent} {sent}/{told.length}
    </span>
  );
}
