import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { fetchExercisePolicy, writeExercisePolicy } from "../api/calls";
import type { ExercisePolicyDraft, Watchlist } from "../api/types";
import { DateTimeField } from "../app/DateTimeField";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";

interface Props {
  readonly list: Watchlist;
  readonly mayWrite: boolean;
}

/** What stands in for a person's yes when a self-test's own face is found; of an exercise list only. */
export function ExercisePolicy({ list, mayWrite }: Props) {
  const { words, language } = useSpeech();
  const said = words.drills.policy;
  const [isWriting, setIsWriting] = useState(false);
  const { data } = useQuery({ queryKey: ["policies", list.id], queryFn: () => fetchExercisePolicy(list.id) });
  return (
    <section className="card policy" aria-label={said.title}>
      <strong>{said.title}</strong>{" "}
      {data === null && <span>{said.none}</span>}
      {data && (
        <span>
          {data.text}{" "}
          <span className="soft small">
            {said.until(dateTime(data.ends_at, language), data.written_by.replace(/^user:/, ""))}
          </span>
        </span>
      )}{" "}
      {mayWrite && (
        <Button size="small" onClick={() => setIsWriting(true)}>
          {said.write}
        </Button>
      )}
      {isWriting && <PolicyDialog list={list} close={() => setIsWriting(false)} />}
    </section>
  );
}

function PolicyDialog({ list, close }: { readonly list: Watchlist; readonly close: () => void }) {
  const words = useWords().drills.policy;
  const required = useRequired();
  const { save, isBusy } = useSave(
    (draft: ExercisePolicyDraft) => writeExercisePolicy(list.id, draft),
    ["policies", list.id],
  );
  return (
    <FormDialog<ExercisePolicyDraft>
      title={words.write}
      isBusy={isBusy}
      submit={async (fields) => (await save(fields)) !== null}
      close={close}
    >
      <p className="soft small">{words.hint}</p>
      <Form.Item name="text" label={words.text} rules={required}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.ends} rules={required}>
        <DateTimeField />
      </Form.Item>
    </FormDialog>
  );
}
