import { DeleteOutlined, QrcodeOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { revokePhone } from "../api/calls";
import type { MemberPhones, Phone, PhoneInvite } from "../api/types";
import { useAsk } from "../app/Ask";
import { useSave } from "../app/useSave";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";

interface Props {
  readonly member: MemberPhones;
  /** The code that binds a phone to this member, while it is shown. */
  readonly code: PhoneInvite | null;
  readonly mayChange: boolean;
  readonly invite: () => void;
}

export function MemberRow({ member, code, mayChange, invite }: Props) {
  const words = useWords().phones;
  return (
    <li>
      <div className="phones-head">
        <strong>{member.name}</strong>
        {member.role === "captain" && <span className="tag">{words.captain}</span>}
        {mayChange && (
          <Button size="small" icon={<QrcodeOutlined aria-hidden />} aria-label={`${words.makeCode}: ${member.name}`} onClick={invite}>
            {words.makeCode}
          </Button>
        )}
      </div>
      {member.phones.length === 0 && <p className="soft small">{words.none}</p>}
      {member.phones.map((phone) => (
        <PhoneRow key={phone.id} phone={phone} name={member.name} mayChange={mayChange} />
      ))}
      {code && (
        <figure className="phones-code">
          <img src={code.qr} alt={words.codeFor(code.member)} />
          <figcaption>{words.codeFor(code.member)}</figcaption>
        </figure>
      )}
    </li>
  );
}

interface PhoneProps {
  readonly phone: Phone;
  readonly name: string;
  readonly mayChange: boolean;
}

function PhoneRow({ phone, name, mayChange }: PhoneProps) {
  const { phones: words, time } = useWords();
  const nowMs = useNowMs();
  const ask = useAsk();
  const { save } = useSave(revokePhone, ["phones"]);
  return (
    <div className="phones-head small">
      <span>{phone.label || words.unnamed}</span>
      <span className={phone.last_seen_at ? "soft" : "phones-unreached"}>
        {phone.last_seen_at ? words.seen(ago(phone.last_seen_at, nowMs, time)) : words.bound}
      </span>
      {mayChange && (
        <Button
          size="small"
          danger
          type="text"
          icon={<DeleteOutlined aria-hidden />}
          onClick={() => ask(words.removeAsk(name), words.remove, () => void save(phone.id))}
        >
          {words.remove}
        </Button>
      )}
    </div>
  );
}
