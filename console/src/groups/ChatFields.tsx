import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Select } from "antd";
import type { ChatDraft } from "../api/types";
import { useWords } from "../words/language";

const KINDS: readonly ChatDraft["kind"][] = ["page", "matrix", "wecom_robot", "webhook"];

/** The ways to reach a group, the preferred one first. */
export function ChatFields() {
  const words = useWords();
  const said = words.groups;
  return (
    <Form.Item label={said.chats} extra={said.secretHint}>
      <Form.List name="chats">
        {(fields, { add, remove }) => (
          <div className="chat-fields">
            {fields.map((field) => (
              <div key={field.key} className="chat-field">
                <Form.Item name={[field.name, "kind"]} noStyle>
                  <Select
                    aria-label={said.kind}
                    options={KINDS.map((value) => ({ value, label: words.dispatch.chats[value] }))}
                  />
                </Form.Item>
                <Form.Item name={[field.name, "address"]} noStyle>
                  <Input placeholder={said.address} aria-label={said.address} />
                </Form.Item>
                <Form.Item name={[field.name, "secret"]} noStyle>
                  <Input placeholder={said.secret} aria-label={said.secret} />
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={said.removeChat}
                  onClick={() => remove(field.name)}
                />
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
