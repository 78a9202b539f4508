import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Modal } from "antd";
import { fetchForwardPolicies, revokeForwardPolicy, writeForwardPolicy } from "../api/calls";
import type { ForwardPolicy, Group, NewForwardPolicy } from "../api/types";
import { useAsk } from "../app/Ask";
import { DateTimeField } from "../app/DateTimeField";
import { useRequired } from "../app/FormDialog";
import { Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import "./forwards.css";

interface Props {
  readonly group: Pick<Group, "id" | "name">;
  readonly close: () => void;
}

export function PoliciesDialog({ group, close }: Props) {
  const words = useWords().forwards;
  const queryKey = ["groups", group.id, "forward-policies"];
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => fetchForwardPolicies(group.id) });
  return (
    <Modal open title={words.title(group.name)} footer={null} onCancel={close}>
      <p className="soft small">{words.hint}</p>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {data?.length === 0 && <p>{words.none}</p>}
      <ul className="policies">
        {data?.map((policy) => (
          <PolicyLine key={policy.id} policy={policy} />
        ))}
      </ul>
      <PolicyForm group={group} />
    </Modal>
  );
}

function PolicyLine({ policy }: { readonly policy: ForwardPolicy }) {
  const { words, language } = useSpeech();
  const said = words.forwards;
  const ask = useAsk();
  const { save, isBusy } = useSave(() => revokeForwardPolicy(policy.group_id, policy.id), ["groups", policy.group_id]);
  return (
    <li>
      <p>
        <span className="tag">{policy.is_in_force ? said.inForce : said.over}</span> {policy.text}
      </p>
      <p className="soft small">{said.written(policy.written_by, dateTime(policy.ends_at, language))}</p>
      {policy.is_in_force && (
        <Button
          size="small"
          danger
          loading={isBusy}
          onClick={() => ask(said.revokeAsk, said.revoke, () => void save(undefined))}
        >
          {said.revoke}
        </Button>
      )}
    </li>
  );
}

function PolicyForm({ group }: { readonly group: Pick<Group, "id"> }) {
  const words = useWords().forwards;
  const required = useRequired();
  const [form] = Form.useForm<NewForwardPolicy>();
  const { save, isBusy } = useSave((draft: NewForwardPolicy) => writeForwardPolicy(group.id, draft), ["groups", group.id]);
  async function write(draft: NewForwardPolicy): Promise<void> {
    if (await save(draft)) form.resetFields();
  }
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(draft) => void write(draft)}>
      <Form.Item name="text" label={words.text} rules={required}>
        <Input.TextArea maxLength={2000} autoSize={{ minRows: 2 }} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.ends} rules={required}>
        <DateTimeField />
      </Form.Item>
      <Button htmlType="submit" loading={isBusy}>
        {words.write}
      </Button>
    </Form>
  );
}
