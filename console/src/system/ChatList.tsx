import type { ChatQueue } from "../api/types";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { ChatTest } from "./ChatTest";

interface Props {
  readonly chats: readonly ChatQueue[];
  readonly mayTest: boolean;
}

/** Every chat: when it last took a message, what it last refused with, what it may still take, what waits. */
export function ChatList({ chats, mayTest }: Props) {
  const words = useWords().system;
  const groups = [...new Map(chats.map((chat) => [chat.group_id, chat.group_name])).entries()];
  return (
    <section className="card system-card" aria-label={words.chats}>
      <h2>{words.chats}</h2>
      {groups.length === 0 && <p className="soft">{words.noChats}</p>}
      <ul className="system-chats">
        {groups.map(([id, name]) => (
          <li key={id}>
            <div className="system-chat-head">
              <strong>{name}</strong>
              {mayTest && <ChatTest groupId={id} />}
            </div>
            <ul>
              {chats
                .filter((chat) => chat.group_id === id)
                .map((chat) => (
                  <ChatLine key={chat.chat_id} chat={chat} />
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ChatLine({ chat }: { readonly chat: ChatQueue }) {
  const words = useWords();
  const said = words.system;
  const nowMs = useNowMs();
  const names: Readonly<Record<string, string>> = words.dispatch.chats;
  const isError = chat.is_broken || (chat.last_error_at ?? "") > (chat.last_success_at ?? "");
  return (
    <li className={chat.is_broken ? "system-bad" : ""}>
      {names[chat.kind] ?? chat.kind}
      <span className="soft small numbers">
        {" "}
        {chat.last_success_at === null ? said.neverSent : said.lastSuccess(ago(chat.last_success_at, nowMs, words.time))}
        {chat.left !== null && ` · ${said.left(chat.left)}`}
        {chat.n_queued > 0 && ` · ${said.waiting(chat.n_queued)}`}
        {chat.oldest_queued_at !== null && ` ${said.oldest(ago(chat.oldest_queued_at, nowMs, words.time))}`}
      </span>
      {chat.last_error !== null && chat.last_error_at !== null && (
        <span className={isError ? "system-detail system-bad small" : "system-detail soft small"}>
          {said.lastError(chat.last_error, ago(chat.last_error_at, nowMs, words.time))}
        </span>
      )}
    </li>
  );
}
