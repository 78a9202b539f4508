import { useQuery } from "@tanstack/react-query";
import { Form, Input, Radio, Select } from "antd";
import { fetchPeople, fetchWatchlists, startPause } from "../api/calls";
import type { PauseDraft, User } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { useWords } from "../words/language";

interface Fields {
  readonly scope: PauseDraft["scope"];
  readonly site?: string;
  readonly list?: string;
  readonly person?: string;
  readonly reason: string;
  readonly minutes: number;
}

const MINUTES = [15, 30, 60, 120, 480, 1440] as const;
const MINUTE_MS = 60_000;
/** The server takes at most a day from its own now. */
const A_LITTLE_LESS_MS = 5000;

export default function PauseDialog({ user, close }: { readonly user: User; readonly close: () => void }) {
  const words = useWords().pauses;
  const required = useRequired();
  const { save, isBusy } = useSave(startPause, ["pauses"]);
  const scopes = user.sees_all_sites ? (["all", "site", "watchlist", "person"] as const) : (["site"] as const);
  return (
    <FormDialog<Fields>
      title={words.title}
      okText={words.stop}
      initial={{ scope: scopes[0], minutes: MINUTES[1] }}
      isBusy={isBusy}
      submit={async (fields) => (await save(draftOf(fields))) !== null}
      close={close}
    >
      <p className="soft small">{words.hint}</p>
      <Form.Item name="scope" label={words.what}>
        <Radio.Group options={scopes.map((value) => ({ value, label: words.scopes[value] }))} />
      </Form.Item>
      <Form.Item noStyle dependencies={["scope", "list"]}>
        {({ getFieldValue }) => (
          <WhatField scope={getFieldValue("scope") as Fields["scope"]} list={getFieldValue("list") as string} />
        )}
      </Form.Item>
      <Form.Item name="reason" label={words.reason} extra={words.reasonHint} rules={required}>
        <Input maxLength={500} />
      </Form.Item>
      <Form.Item name="minutes" label={words.minutes}>
        <Select options={MINUTES.map((value) => ({ value, label: words.nMinutes(value) }))} />
      </Form.Item>
    </FormDialog>
  );
}

function draftOf({ scope, site, list, person, reason, minutes }: Fields): PauseDraft {
  const ref = { all: null, site, watchlist: list, person }[scope] ?? null;
  const ends_at = new Date(Date.now() + minutes * MINUTE_MS - A_LITTLE_LESS_MS).toISOString();
  return { scope, ref, reason, ends_at };
}

function WhatField({ scope, list }: { readonly scope: Fields["scope"]; readonly list: string | undefined }) {
  if (scope === "all") return null;
  if (scope === "site") return <SiteField />;
  return (
    <>
      <ListField />
      {scope === "person" && list !== undefined && <EntryField list={list} />}
    </>
  );
}

function SiteField() {
  const words = useWords().pauses;
  const sites = useSites().map(({ id, name }) => ({ value: id, label: name }));
  return <ChoiceField name="site" label={words.site} options={sites} />;
}

function ListField() {
  const words = useWords().pauses;
  const { data } = useQuery({ queryKey: ["watchlists"], queryFn: fetchWatchlists });
  const lists = (data ?? []).filter(({ closed_at: closedAt }) => closedAt === null);
  return (
    <ChoiceField name="list" label={words.list} options={lists.map(({ id, name }) => ({ value: id, label: name }))} />
  );
}

function EntryField({ list }: { readonly list: string }) {
  const words = useWords().pauses;
  const { data } = useQuery({ queryKey: ["watchlists", list, "people"], queryFn: () => fetchPeople(list) });
  const people = (data ?? []).map(({ id, name, external_ref: ref }) => ({
    value: id,
    label: ref === null ? name : `${name} (${ref})`,
  }));
  return <ChoiceField name="person" label={words.entry} options={people} />;
}

interface ChoiceProps {
  readonly name: "site" | "list" | "person";
  readonly label: string;
  readonly options: { readonly value: string; readonly label: string }[];
}

function ChoiceField({ name, label, options }: ChoiceProps) {
  return (
    <Form.Item name={name} label={label} rules={useRequired()}>
      <Select showSearch={{ optionFilterProp: "label" }} options={options} />
    </Form.Item>
  );
}
