import { App, Form, Input, InputNumber, Select, Switch, Tabs } from "antd";
import { useState } from "react";
import { changeGroup, createGroup } from "../api/calls";
import type { Group, GroupDraft } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { ChatFields } from "./ChatFields";
import { CoverFields } from "./CoverFields";
import { PlaceFields } from "./PlaceFields";
import { ReadingFields } from "./ReadingFields";
import { RosterFields } from "./RosterFields";
import { ShiftFields } from "./ShiftFields";
import { Warnings } from "./Warnings";
import { withAllBelow } from "./tree";
import { useHouse } from "./useHouse";
import { wireForm } from "./wireForm";

interface Props {
  /** The group to change; null makes a new one. */
  readonly group: Group | null;
  readonly groups: readonly Group[];
  readonly close: () => void;
}

/** Where a field is that the first tab does not have. */
const TAB_OF: Readonly<Record<string, string>> = {
  chats: "chats",
  members: "roster",
  shifts: "shifts",
  time_zone: "shifts",
  keep_h: "reading",
};
const LEVELS = ["station", "managers", "guards", "shopkeepers", "residents", "maintenance"];
const NEW: Partial<GroupDraft> = {
  level: "guards",
  language: "zh",
  is_active: true,
  chats: [{ kind: "page" }],
  picture_policy: "upper_body",
  keep_h: 12,
};

export function GroupDialog({ group, groups, close }: Props) {
  const words = useWords().groups;
  const { modal } = App.useApp();
  const [tab, setTab] = useState("place");
  const send = (fields: GroupDraft): Promise<Group> => {
    const { id, ...change } = wireForm(fields);
    return group ? changeGroup(group.id, change) : createGroup({ id, ...change });
  };
  const { save, isBusy } = useSave(send, ["groups"]);
  async function submit(fields: GroupDraft): Promise<boolean> {
    const saved = await save(fields);
    if (saved && saved.warnings.length > 0) {
      modal.warning({ title: words.savedWith(saved.name), content: <Warnings warnings={saved.warnings} /> });
    }
    return saved !== null;
  }
  const pages = [
    { key: "place", label: words.tabs.place, children: <PlaceTab group={group} groups={groups} /> },
    { key: "chats", label: words.tabs.chats, children: <ChatFields /> },
    { key: "roster", label: words.tabs.roster, children: <RosterFields /> },
    { key: "shifts", label: words.tabs.shifts, children: <ShiftTab /> },
    { key: "reading", label: words.tabs.reading, children: <ReadingFields /> },
  ].map((page) => ({ ...page, forceRender: true }));
  return (
    <FormDialog<GroupDraft>
      title={group ? words.change : words.create}
      initial={group ?? NEW}
      isBusy={isBusy}
      submit={submit}
      show={(field) => setTab(TAB_OF[field] ?? "place")}
      close={close}
    >
      <Tabs items={pages} activeKey={tab} onChange={setTab} />
    </FormDialog>
  );
}

function PlaceTab({ group, groups }: Pick<Props, "group" | "groups">) {
  const words = useWords().groups;
  const required = useRequired();
  const { sites } = useHouse();
  const below = group ? withAllBelow(groups, group.id) : new Set<string>();
  const parents = groups.filter(({ id }) => !below.has(id));
  return (
    <>
      {!group && (
        <Form.Item name="id" label={words.id} extra={words.idHint} rules={[...required, { pattern: /^[a-z0-9][a-z0-9_-]*$/ }]}>
          <Input maxLength={64} />
        </Form.Item>
      )}
      <Form.Item name="name" label={words.name} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="level" label={words.level} rules={required}>
          <Input maxLength={64} list="group-levels" />
        </Form.Item>
        <Form.Item name="parent_id" label={words.parent}>
          <Select allowClear options={parents.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
      </div>
      <datalist id="group-levels">
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {level}
          </option>
        ))}
      </datalist>
      <Form.Item name="site_id" label={words.site}>
        <Select allowClear options={sites.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <PlaceFields siteKey="site_id" />
      <div className="form-three">
        <Form.Item name="latitude" label={words.latitude} extra={words.coordinatesHint} rules={required}>
          <InputNumber min={-90} max={90} controls={false} />
        </Form.Item>
        <Form.Item name="longitude" label={words.longitude} rules={required}>
          <InputNumber min={-180} max={180} controls={false} />
        </Form.Item>
        <Form.Item name="radius_m" label={words.radius}>
          <InputNumber min={1} max={50_000} controls={false} />
        </Form.Item>
      </div>
      <CoverFields />
      <div className="form-pair">
        <Form.Item name="is_default" label={words.isDefault} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="is_active" label={words.isActive} valuePropName="checked">
          <Switch />
        </Form.Item>
      </div>
    </>
  );
}

function ShiftTab() {
  const words = useWords().groups;
  return (
    <>
      <Form.Item name="time_zone" label={words.timeZone} extra={words.timeZoneHint}>
        <Input maxLength={64} placeholder="Asia/Shanghai" />
      </Form.Item>
      <ShiftFields />
    </>
  );
}
