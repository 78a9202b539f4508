import { Form, Input, Radio } from "antd";
import { closeEpisode } from "../api/calls";
import type { Episode, EpisodeClosing } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

const OUTCOMES = ["handed_over", "lost", "called_off", "not_him"] as const;

export function CloseDialog({ episode, close }: { readonly episode: Episode; readonly close: () => void }) {
  const words = useWords().episodes;
  const required = useRequired();
  const { save, isBusy } = useSave((said: EpisodeClosing) => closeEpisode(episode.id, said), ["hit"]);
  return (
    <FormDialog<EpisodeClosing>
      title={words.close}
      okText={words.close}
      initial={{ note: "" }}
      isBusy={isBusy}
      submit={async (fields) => (await save(fields)) !== null}
      close={close}
    >
      <p className="soft small">{words.closeHint}</p>
      <Form.Item name="outcome" label={words.outcome} rules={required}>
        <Radio.Group
          className="episode-outcomes"
          options={OUTCOMES.map((value) => ({ value, label: words.outcomes[value] }))}
        />
      </Form.Item>
      <Form.Item name="note" label={words.note}>
        <Input.TextArea maxLength={2000} autoSize={{ minRows: 2 }} />
      </Form.Item>
    </FormDialog>
  );
}
