import { Form, Input } from "antd";
import { resumePerson, suspendPerson } from "../api/calls";
import type { Person } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

interface Fields {
  readonly reason: string;
}

/** Stop looking for somebody for a while, or look for them again: either way somebody says why. */
export function SuspendDialog({ person, close }: { readonly person: Person; readonly close: () => void }) {
  const words = useWords().watchlists;
  const required = useRequired();
  const isSuspended = person.suspended_at !== null;
  const send = isSuspended ? resumePerson : suspendPerson;
  const { save, isBusy } = useSave((reason: string) => send(person.id, reason), ["watchlists"]);
  return (
    <FormDialog<Fields>
      title={isSuspended ? words.resume : words.suspend}
      okText={isSuspended ? words.resume : words.suspend}
      isBusy={isBusy}
      submit={async ({ reason }) => (await save(reason)) !== null}
      close={close}
    >
      <p className="soft small">{isSuspended ? words.resumeHint : words.suspendHint}</p>
      <Form.Item name="reason" label={words.reason} rules={required}>
        <Input.TextArea maxLength={2000} autoSize={{ minRows: 2 }} />
      </Form.Item>
    </FormDialog>
  );
}
