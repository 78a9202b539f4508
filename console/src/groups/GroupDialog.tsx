import { Form, Input, InputNumber, Radio, Select, Switch } from "antd";
import { changeGroup, createGroup } from "../api/calls";
import type { Group, GroupDraft } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { useWords } from "../words/language";
import { ChatFields } from "./ChatFields";

interface Props {
  /** The group to change; null makes a new one. */
  readonly group: Group | null;
  readonly groups: readonly Group[];
  readonly close: () => void;
}

const NEW: Partial<GroupDraft> = { level: "guards", language: "zh", is_active: true, chats: [{ kind: "page" }] };

/** Chats keep the order they stand in; a field left empty is no value. */
function wireForm(draft: GroupDraft): GroupDraft {
  const chats = (draft.chats ?? []).map(({ kind, address, secret }, position) => ({
    kind,
    address: kind === "page" ? "" : (address ?? ""),
    secret: kind === "page" ? null : secret || null,
    position,
  }));
  return { ...draft, site_id: draft.site_id ?? null, parent_id: draft.parent_id ?? null, chats };
}

export function GroupDialog({ group, groups, close }: Props) {
  const words = useWords().groups;
  const required = useRequired();
  const sites = useSites();
  const send = (draft: GroupDraft): Promise<Group> => {
    const { id, ...change } = wireForm(draft);
    return group ? changeGroup(group.id, change) : createGroup({ id, ...change });
  };
  const { save, isBusy } = useSave(send, ["groups"]);
  return (
    <FormDialog<GroupDraft>
      title={group ? words.change : words.create}
      initial={group ?? NEW}
      isBusy={isBusy}
      submit={async (draft) => (await save(draft)) !== null}
      close={close}
    >
      {!group && (
        <Form.Item name="id" label={words.id} extra={words.idHint} rules={[...required, { pattern: /^[a-z0-9][a-z0-9_-]*$/ }]}>
          <Input maxLength={64} />
        </Form.Item>
      )}
      <Form.Item name="name" label={words.name} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="site_id" label={words.site}>
        <Select allowClear options={sites.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="latitude" label={words.latitude} extra={words.coordinatesHint} rules={required}>
          <InputNumber min={-90} max={90} controls={false} />
        </Form.Item>
        <Form.Item name="longitude" label={words.longitude} rules={required}>
          <InputNumber min={-180} max={180} controls={false} />
        </Form.Item>
      </div>
      <div className="form-pair">
        <Form.Item name="level" label={words.level} rules={required}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="parent_id" label={words.parent}>
          <Select
            allowClear
            options={groups.filter(({ id }) => id !== group?.id).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
      </div>
      <Form.Item name="language" label={words.language}>
        <Radio.Group
          optionType="button"
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
      <Form.Item name="is_active" label={words.isActive} valuePropName="checked">
        <Switch />
      </Form.Item>
      <ChatFields />
    </FormDialog>
  );
}
