import { Alert, Modal } from "antd";
import { useState } from "react";
import { invitePhone } from "../api/calls";
import type { Group, GroupPhones, MemberPhones, PhoneInvite } from "../api/types";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { MemberRow } from "./MemberRow";
import "./phones.css";

interface Props {
  readonly group: Pick<Group, "id" | "name">;
  readonly phones: GroupPhones;
  readonly mayChange: boolean;
  readonly close: () => void;
}

/** A code that is shown, and how many phones its member had: one more, and the code is used. */
interface Shown {
  readonly invite: PhoneInvite;
  readonly memberId: string;
  readonly had: number;
}

export function PhonesDialog({ group, phones, mayChange, close }: Props) {
  const words = useWords().phones;
  const [shown, setShown] = useState<Shown | null>(null);
  const { save } = useSave((memberId: string) => invitePhone(group.id, memberId), ["phones", group.id]);
  async function invite(member: MemberPhones): Promise<void> {
    const made = await save(member.member_id);
    if (made) setShown({ invite: made, memberId: member.member_id, had: member.phones.length });
  }
  const codeOf = ({ member_id, phones: bound }: MemberPhones): PhoneInvite | null =>
    shown?.memberId === member_id && shown.had === bound.length ? shown.invite : null;
  return (
    <Modal open title={words.title(group.name)} footer={null} onCancel={close}>
      <p>{words.reached(phones.n_reached, phones.n_members)}</p>
      {phones.is_inside_only && <Alert type="warning" showIcon title={words.insideOnly} />}
      {phones.members.length === 0 && <p className="soft">{words.empty}</p>}
      <ul className="phones">
        {phones.members.map((member) => (
          <MemberRow
            key={member.member_id}
            member={member}
            code={codeOf(member)}
            mayChange={mayChange}
            invite={() => void invite(member)}
          />
        ))}
      </ul>
    </Modal>
  );
}
