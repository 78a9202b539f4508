import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { fetchChatCheck, testChats } from "../api/calls";
import type { ChatCheck } from "../api/types";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

const LOOK_AGAIN_MS = 1000;

/** Sends a test message to each chat of a group, and says what came of it as it comes. */
export function ChatTest({ groupId }: { readonly groupId: string }) {
  const words = useWords().system;
  const { save, isBusy } = useSave(testChats, ["system"]);
  const [begun, setBegun] = useState<ChatCheck | null>(null);
  return (
    <>
      <Button size="small" loading={isBusy} onClick={() => void save(groupId).then(setBegun)}>
        {words.testChats}
      </Button>
      {begun?.id != null && <TestResult key={begun.id} id={begun.id} begun={begun} />}
    </>
  );
}

function TestResult({ id, begun }: { readonly id: string; readonly begun: ChatCheck }) {
  const words = useWords();
  const said = words.system;
  const names: Readonly<Record<string, string>> = words.dispatch.chats;
  const { data } = useQuery({
    queryKey: ["chat-checks", id],
    queryFn: () => fetchChatCheck(id),
    initialData: begun,
    refetchInterval: ({ state }) => (state.data?.is_over ? false : LOOK_AGAIN_MS),
  });
  return (
    <ul className="system-test" aria-live="polite">
      {data.chats.map((chat, place) => (
        <li key={`${chat.kind} ${chat.address}`}>
          {chat.state !== "queued" &&
            (chat.is_well ? <CheckCircleFilled aria-hidden className="system-good" /> : <CloseCircleFilled aria-hidden className="system-bad" />)}{" "}
          {names[chat.kind] ?? chat.kind}: {said.testStates[chat.state] ?? chat.state}
          {chat.took_s !== null && <span className="soft small numbers"> {said.took(chat.took_s)}</span>}{" "}
          <span className="small">{chat.explanation || begun.chats[place]?.explanation}</span>
        </li>
      ))}
    </ul>
  );
}
