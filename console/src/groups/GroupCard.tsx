import { DisconnectOutlined, LinkOutlined, StopOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { newGroupLink, removeGroup, revokeGroupLink } from "../api/calls";
import type { Group } from "../api/types";
import { useAsk } from "../app/Ask";
import { useSave } from "../app/useSave";
import { ForwardingButton } from "../forwards/ForwardingButton";
import { PhonesButton } from "../phones/PhonesButton";
import type { Words } from "../words/catalogue";
import { useWords } from "../words/language";
import { LinkDialog } from "./LinkDialog";
import { Warnings } from "./Warnings";
import { coverInWords } from "./wireForm";

interface Props {
  readonly group: Group;
  readonly mayChange: boolean;
  readonly change: () => void;
}

export function GroupCard({ group, mayChange, change }: Props) {
  const words = useWords().groups;
  return (
    <article className="card group">
      <div className="group-head">
        <strong>{group.name}</strong> <code className="soft">{group.id}</code>
        {!group.is_active && (
          <span className="tag">
            <StopOutlined aria-hidden /> {words.inactive}
          </span>
        )}
      </div>
      <p className="soft small numbers">
        {facts(group, words).join(" · ")}
      </p>
      <GroupChats group={group} />
      <Warnings warnings={group.warnings} />
      {mayChange && <GroupActions group={group} change={change} />}
    </article>
  );
}

/** Its level, where it stands and what it covers, how many are in it and when it is on shift. */
function facts(group: Group, words: Words["groups"]): string[] {
  const place = [group.site_id, group.building, group.floor, group.post].filter(Boolean).join("/");
  const covers = group.covers.map(coverInWords);
  const turns = (group.shifts.weekly?.length ?? 0) + (group.shifts.exceptions?.length ?? 0);
  return [
    group.level,
    place || `${group.latitude.toFixed(5)}, ${group.longitude.toFixed(5)}`,
    covers.length > 0 ? `${words.covers}: ${covers.join(", ")}` : "",
    group.is_default ? words.isDefault : "",
    words.nMembers(group.members.length),
    turns > 0 ? words.nTurns(turns) : words.alwaysOn,
  ].filter(Boolean);
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
      <ForwardingButton group={group} />
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
