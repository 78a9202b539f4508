import { ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Select, Typography } from "antd";
import type { ChatDraft } from "../api/types";
import { useWords } from "../words/language";
import { callbackAddress, FORMS, KINDS } from "./chatForms";

/** The ways to reach a group, the preferred one first. */
export function ChatFields() {
  const words = useWords();
  const said = words.groups;
  return (
    <Form.Item label={said.chats} extra={said.secretHint}>
      <Form.List name="chats">
        {(fields, { add, remove, move }) => (
          <div className="chat-fields">
            {fields.map((field) => (
              <div key={field.key} className="chat-field">
                <Form.Item name={[field.name, "kind"]} noStyle>
                  <Select
                    aria-label={said.kind}
                    options={KINDS.map((value) => ({ value, label: words.dispatch.chats[value] }))}
                  />
                </Form.Item>
                <AddressFields index={field.name} />
                <span className="chat-buttons">
                  <Button
                    type="text"
                    icon={<ArrowUpOutlined aria-hidden />}
                    aria-label={said.preferChat}
                    title={said.preferChat}
                    disabled={field.name === 0}
                    onClick={() => move(field.name, field.name - 1)}
                  />
                  <Button
                    type="text"
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={said.removeChat}
                    onClick={() => remove(field.name)}
                  />
                </span>
              </div>
            ))}
            <Button icon={<PlusOutlined aria-hidden />} onClick={() => add({ kind: "page" })}>
              {said.addChat}
            </Button>
          </div>
        )}
      </Form.List>
    </Form.Item>
  );
}

/** The group's own page needs neither. */
function AddressFields({ index }: { readonly index: number }) {
  const said = useWords().groups;
  const kind: ChatDraft["kind"] | undefined = Form.useWatch(["chats", index, "kind"]);
  if (kind === "page") return <span className="chat-address" />;
  const form = kind && FORMS[kind];
  return (
    <span className="chat-address">
      <Form.Item name={[index, "address"]} noStyle>
        <Input placeholder={form?.address ?? said.address} aria-label={said.address} title={form?.address} />
      </Form.Item>
      <Form.Item name={[index, "secret"]} noStyle>
        <Input placeholder={said.secret} aria-label={said.secret} title={form?.secret} />
      </Form.Item>
      <CallbackAddress index={index} />
    </span>
  );
}

/** For the platform's own settings, to be copied there. */
function CallbackAddress({ index }: { readonly index: number }) {
  const said = useWords().groups;
  const kind: ChatDraft["kind"] | undefined = Form.useWatch(["chats", index, "kind"]);
  const secret: string | undefined = Form.useWatch(["chats", index, "secret"]);
  const address = callbackAddress(kind, secret, location.origin);
  if (address === null) return null;
  return (
    <Typography.Text type="secondary" className="chat-callback" copyable={{ text: address }}>
      {said.callback(address)}
    </Typography.Text>
  );
}
