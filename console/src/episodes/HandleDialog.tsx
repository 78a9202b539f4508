import { Form, Select } from "antd";
import { handleEpisode } from "../api/calls";
import type { Episode } from "../api/types";
import { FormDialog } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

interface Fields {
  readonly minutes: number;
}

const MINUTES = [5, 15, 30, 60, 120] as const;
const USUAL = MINUTES[1];

export function HandleDialog({ episode, close }: { readonly episode: Episode; readonly close: () => void }) {
  const words = useWords().episodes;
  const { save, isBusy } = useSave((minutes: number) => handleEpisode(episode.id, minutes), ["hit"]);
  return (
    <FormDialog<Fields>
      title={words.handle}
      okText={words.handle}
      initial={{ minutes: USUAL }}
      isBusy={isBusy}
      submit={async ({ minutes }) => (await save(minutes)) !== null}
      close={close}
    >
      <p className="soft small">{words.handleHint}</p>
      <Form.Item name="minutes" label={words.handleFor}>
        <Select options={MINUTES.map((value) => ({ value, label: words.nMinutes(value) }))} />
      </Form.Item>
    </FormDialog>
  );
}
