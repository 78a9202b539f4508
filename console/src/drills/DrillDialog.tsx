import { useQuery } from "@tanstack/react-query";
import { Form, Radio, Select } from "antd";
import { fetchGroups, startDrill } from "../api/calls";
import type { DrillDraft } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { useWords } from "../words/language";

interface Fields {
  readonly whom: "all" | "site" | "some";
  readonly site?: string;
  readonly groups?: string[];
  readonly minutes: number;
}

const MINUTES = [1, 2, 5, 10, 30] as const;

export function DrillDialog({ close }: { readonly close: () => void }) {
  const words = useWords().drills;
  const { save, isBusy } = useSave(startDrill, ["drills"]);
  const whom = (["all", "site", "some"] as const).map((value) => ({ value, label: words[value] }));
  return (
    <FormDialog<Fields>
      title={words.start}
      okText={words.go}
      initial={{ whom: "site", minutes: MINUTES[2] }}
      isBusy={isBusy}
      submit={async (fields) => (await save(draftOf(fields))) !== null}
      close={close}
    >
      <p className="soft small">{words.hint}</p>
      <Form.Item name="whom" label={words.whom}>
        <Radio.Group options={whom} />
      </Form.Item>
      <Form.Item noStyle dependencies={["whom"]}>
        {({ getFieldValue }) => <WhomField whom={getFieldValue("whom") as Fields["whom"]} />}
      </Form.Item>
      <Form.Item name="minutes" label={words.minutes}>
        <Select options={MINUTES.map((value) => ({ value, label: words.nMinutes(value) }))} />
      </Form.Item>
    </FormDialog>
  );
}

function draftOf({ whom, site, groups, minutes }: Fields): DrillDraft {
  return {
    minutes,
    group_ids: whom === "some" ? (groups ?? []) : [],
    site_id: whom === "site" ? (site ?? null) : null,
  };
}

function WhomField({ whom }: { readonly whom: Fields["whom"] }) {
  if (whom === "site") return <SiteField />;
  return whom === "some" ? <GroupsField /> : null;
}

function SiteField() {
  const words = useWords().drills;
  const options = useSites().map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Form.Item name="site" label={words.sites} rules={useRequired()}>
      <Select showSearch={{ optionFilterProp: "label" }} options={options} />
    </Form.Item>
  );
}

function GroupsField() {
  const words = useWords().drills;
  const { data } = useQuery({ queryKey: ["groups"], queryFn: fetchGroups });
  const options = (data ?? []).filter((group) => group.is_active).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Form.Item name="groups" label={words.groups} rules={[{ required: true, message: useWords().shell.required }]}>
      <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} options={options} />
    </Form.Item>
  );
}
