import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Select } from "antd";
import type { ChatDraft } from "../api/types";
import { useRequired } from "../app/FormDialog";
import { useWords } from "../words/language";
import { KINDS } from "./chatForms";

/** Who is in the group, and who they are on its chats' platforms. */
export function RosterFields() {
  const words = useWords().groups;
  return (
    <Form.Item label={words.roster} extra={words.rosterHint}>
      <Form.List name="members">
        {(fields, { add, remove }) => (
          <div className="chat-fields">
            {fields.map((field) => (
              <div key={field.key} className="list-row">
                <Member index={field.name} />
                <Button
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={words.removeMember}
                  onClick={() => remove(field.name)}
                />
              </div>
            ))}
            <Button icon={<PlusOutlined aria-hidden />} onClick={() => add({ role: "member", identities: {} })}>
              {words.addMember}
            </Button>
          </div>
        )}
      </Form.List>
    </Form.Item>
  );
}

/** The platforms on which somebody may be known: the group's own, and those where they are already. */
function useKinds(index: number): ChatDraft["kind"][] {
  const form = Form.useFormInstance();
  const chats: readonly (ChatDraft | undefined)[] = Form.useWatch("chats") ?? [];
  const identities: object = form.getFieldValue(["members", index, "identities"]) ?? {};
  return KINDS.filter((kind) => kind !== "page" && (kind in identities || chats.some((chat) => chat?.kind === kind)));
}

function Member({ index }: { readonly index: number }) {
  const words = useWords();
  const said = words.groups;
  const required = useRequired();
  const kinds = useKinds(index);
  return (
    <div className="form-three">
      <Form.Item name={[index, "id"]} hidden>
        <Input />
      </Form.Item>
      <Form.Item name={[index, "name"]} label={said.member} rules={required} className="tight">
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name={[index, "role"]} label={said.role} className="tight">
        <Select
          options={[
            { value: "member", label: said.roles.member },
            { value: "captain", label: said.roles.captain },
          ]}
        />
      </Form.Item>
      <Form.Item name={[index, "phone"]} label={said.phone} className="tight">
        <Input maxLength={30} inputMode="tel" />
      </Form.Item>
      {kinds.map((kind) => (
        <Form.Item key={kind} name={[index, "identities", kind]} label={said.identity(words.dispatch.chats[kind])} className="tight">
          <Input maxLength={200} />
        </Form.Item>
      ))}
    </div>
  );
}
