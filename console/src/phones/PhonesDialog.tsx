import { useQuery } from "@tanstack/react-query";
import { Alert, Modal, Skeleton } from "antd";
import { useState } from "react";
import { fetchPhones, invitePhone } from "../api/calls";
import type { Group, MemberPhones, PhoneInvite } from "../api/types";
import { Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { MemberRow } from "./MemberRow";
import "./phones.css";

interface Props {
  readonly group: Pick<Group, "id" | "name">;
  readonly mayChange: boolean;
  readonly close: () => void;
}

/** A code that is shown, and how many phones its member had: one more, and the code is used. */
interface Shown {
  readonly invite: PhoneInvite;
  readonly memberId: string;
  readonly had: number;
}

export function PhonesDialog({ group, mayChange, close }: Props) {
  const words = useWords().phones;
  const { data, error, refetch } = useQuery({ queryKey: ["phones", group.id], queryFn: () => fetchPhones(group.id) });
  const [shown, setShown] = useState<Shown | null>(null);
  const { save } = useSave((memberId: string) => invitePhone(group.id, memberId), ["phones", group.id]);
  async function invite(member: MemberPhones): Promise<void> {
    const made = await save(member.member_id);
    if (made) setShown({ invite: made, memberId: member.member_id, had: member.phones.length });
  }
  const codeOf = ({ member_id, phones }: MemberPhones): PhoneInvite | null =>
    shown?.memberId === member_id && shown.had === phones.length ? shown.invite : null;
  return (
    <Modal open title={words.title(group.name)} footer={null} onCancel={close}>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <p>{words.reached(data.n_reached, data.n_members)}</p>}
      {data?.is_inside_only && <Alert type="warning" showIcon title={words.insideOnly} />}
      {data?.members.length === 0 && <p className="soft">{words.empty}</p>}
      <ul className="phones">
        {data?.members.map((member) => (
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
