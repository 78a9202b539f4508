import { Checkbox, Form, Input, InputNumber, Select } from "antd";
import { changeWatchlist, createWatchlist } from "../api/calls";
import type { Category, Watchlist, WatchlistChange, WatchlistDraft } from "../api/types";
import { DateTimeField } from "../app/DateTimeField";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

interface Props {
  /** The list to change; null makes a new one. */
  readonly list: Watchlist | null;
  readonly close: () => void;
}

const CATEGORIES: readonly Category[] = ["wanted", "missing", "banned", "vip", "staff", "exercise", "other"];

/** Those patrol knows; others may be typed. Maintenance groups never get hits. */
const LEVELS = ["station", "managers", "guards", "shopkeepers", "residents"] as const;

/** What was emptied goes back to patrol's own; null would leave it as it was. */
function emptied(draft: WatchlistChange): WatchlistChange {
  const { instruction, levels, tell_at_once: atOnce } = draft;
  return { ...draft, instruction: instruction ?? "", levels: levels ?? [], tell_at_once: atOnce ?? 0 };
}

export function WatchlistDialog({ list, close }: Props) {
  const words = useWords().watchlists;
  const required = useRequired();
  const send = ({ is_exercise: isExercise, ...draft }: WatchlistDraft) =>
    list ? changeWatchlist(list.id, emptied(draft)) : createWatchlist({ ...draft, is_exercise: isExercise ?? false });
  const { save, isBusy } = useSave(send, ["watchlists"]);
  return (
    <FormDialog<WatchlistDraft>
      title={list ? words.change : words.create}
      initial={list ?? { category: "wanted" }}
      isBusy={isBusy}
      submit={async (draft) => (await save(draft)) !== null}
      close={close}
    >
      <Form.Item name="name" label={words.name} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="category" label={words.category} rules={required}>
        <Select options={CATEGORIES.map((value) => ({ value, label: words.categories[value] }))} />
      </Form.Item>
      <Form.Item name="reason" label={words.reason} extra={words.reasonHint} rules={required}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="owner" label={words.owner} extra={words.ownerHint} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.ends} extra={words.endsHint} rules={required}>
        <DateTimeField />
      </Form.Item>
      <Form.Item name="instruction" label={words.instruction} extra={words.instructionHint}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
      </Form.Item>
      <Form.Item name="levels" label={words.levels} extra={words.levelsHint}>
        <Select mode="tags" options={LEVELS.map((value) => ({ value, label: words.levelNames[value] }))} />
      </Form.Item>
      <Form.Item name="tell_at_once" label={words.atOnce} extra={words.atOnceHint}>
        <InputNumber min={1} max={20} precision={0} />
      </Form.Item>
      {!list && (
        <Form.Item name="is_exercise" valuePropName="checked">
          <Checkbox>{words.isExercise}</Checkbox>
        </Form.Item>
      )}
    </FormDialog>
  );
}
