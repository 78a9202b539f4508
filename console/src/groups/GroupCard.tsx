import { DisconnectOutlined, LinkOutlined, StopOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { newGroupLink, removeGroup, revokeGroupLink } from "../api/calls";
import type { Group } from "../api/types";
import { useAsk } from "../app/Ask";
import { useSave } from "../app/useSave";
import { PhonesButton } from "../phones/PhonesButton";
import { useWords } from "../words/language";
import { LinkDialog } from "./LinkDialog";

interface Props {
  readonly group: Group;
  readonly mayChange: boolean;
  readonly change: () => void;
}

export function GroupCard({ group, mayChange, change }: Props) {
  const words = useWords().groups;
  return (
    <li className="card group">
      <div className="group-head">
        <strong>{group.name}</strong> <code className="soft">{group.id}</code>
        {!group.is_active && (
          <span className="tag">
            <StopOutlined aria-hidden /> {words.inactive}
          </span>
        )}
      </div>
      <p className="soft small numbers">
        {group.site_id !== null && `${group.site_id} · `}
        {group.latitude.toFixed(5)}, {group.longitude.toFixed(5)} · {group.level}
        {group.parent_id !== null && ` · ${words.parent}: ${group.parent_id}`}
      </p>
      <GroupChats group={group} />
      {mayChange && <GroupActions group={group} change={change} />}
    </li>
  );
}

function GroupChats({ group }: { readonly group: Group }) {
  const words = useWords();
  if (group.chats.length === 0) return <p className="group-broken small">{words.groups.noChats}</p>;
  return (
    <ul className="group-chats">
      {group.chats.map((chat) => (
        <li key={`${chat.kind} ${chat.address ?? ""}`}>
          {words.dispatch.chats[chat.kind]} {chat.address && <code className="soft">{chat.address}</code>}
          {chat.broken_reason !== null && (
            <span className="group-broken small">
              <DisconnectOutlined aria-hidden /> {words.groups.broken(chat.broken_reason)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function GroupActions({ group, change }: { readonly group: Group; readonly change: () => void }) {
  const words = useWords().groups;
  const ask = useAsk();
  const making = useSave(newGroupLink, ["groups"]);
  const revoking = useSave(revokeGroupLink, ["groups"]);
  const removing = useSave(removeGroup, ["groups"]);
  const [url, setUrl] = useState<string | null>(null);
  const make = async (): Promise<void> => setUrl((await making.save(group.id))?.url ?? null);
  return (
    <div className="group-actions">
      <PhonesButton group={group} mayChange />
      <Button size="small" icon={<LinkOutlined aria-hidden />} loading={making.isBusy} onClick={() => void make()}>
        {words.makeLink}
      </Button>
      {group.has_link && (
        <Button size="small" onClick={() => ask(words.revokeAsk, words.revoke, () => void revoking.save(group.id))}>
          {words.revoke}
        </Button>
      )}
      <Button size="small" onClick={change}>
        {words.change}
      </Button>
      <Button
        size="small"
        danger
        type="text"
        onClick={() => ask(words.removeAsk(group.name), words.remove, () => void removing.save(group.id))}
      >
        {words.remove}
      </Button>
      {url !== null && <LinkDialog group={group} url={url} close={() => setUrl(null)} />}
    </div>
  );
}
