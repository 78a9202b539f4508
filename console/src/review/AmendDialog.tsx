/** Say otherwise than before, with a reason; the earlier decision stays in the record. */

import { Form, Input, Modal, Radio, Select } from "antd";
import type { Hit, Verdict } from "../api/types";
import { useWords } from "../words/language";
import { useHit } from "./hits";
import { useDesk } from "./OutboxProvider";
import { spoken } from "./queue";
import { VerdictMark } from "./VerdictMark";

interface Props {
  readonly hitId: string;
  readonly close: () => void;
}

type Reason = "mistake" | "second_look" | "guard_says_not_him" | "new_information" | "other";

interface Fields {
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly note?: string;
}

const VERDICTS: readonly Verdict[] = ["confirmed", "rejected", "unsure"];
const REASONS: readonly Reason[] = ["mistake", "second_look", "guard_says_not_him", "new_information", "other"];

export default function AmendDialog({ hitId, close }: Props) {
  const { data: hit } = useHit(hitId);
  if (!hit || hit.verdict === null) return null;
  return <AmendForm hit={hit} now={hit.verdict} close={close} />;
}

function AmendForm({ hit, now, close }: { readonly hit: Hit; readonly now: Verdict; readonly close: () => void }) {
  const words = useWords();
  const said = words.amend;
  const desk = useDesk();
  const [form] = Form.useForm<Fields>();
  const verdict = Form.useWatch("verdict", form);
  const reason = Form.useWatch("reason", form);
  const others = VERDICTS.filter((other) => other !== now);

  function submit(fields: Fields): void {
    desk.submit({ kind: "amendment", hitId: hit.id, number: hit.number, round: hit.round, ...fields });
    close();
  }

  const required = { required: true, message: words.shell.required };
  return (
    <Modal
      open
      title={said.title(spoken(hit.number))}
      okText={said.submit}
      onOk={form.submit}
      onCancel={close}
      destroyOnHidden
    >
      <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        <p className="amend-now">
          <span className="soft">{said.now}</span> <VerdictMark verdict={now} />
        </p>
        <Form.Item name="verdict" label={said.to} rules={[required]}>
          <Radio.Group
            optionType="button"
            options={others.map((other) => ({ value: other, label: words.review.verdicts[other] }))}
          />
        </Form.Item>
        <Form.Item name="reason" label={said.why} rules={[required]}>
          <Select options={REASONS.map((value) => ({ value, label: said.reasons[value] }))} />
        </Form.Item>
        <Form.Item
          name="note"
          label={said.note}
          rules={reason === "other" ? [{ ...required, whitespace: true, message: said.noteNeeded }] : []}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} placeholder={said.notePlaceholder} />
        </Form.Item>
        {now === "confirmed" && <p className="soft small">{said.withdraws}</p>}
        {verdict === "confirmed" && <p className="soft small">{said.tells}</p>}
      </Form>
    </Modal>
  );
}
