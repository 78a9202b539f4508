import { Form, Input } from "antd";
import { addPerson, type PersonDraft } from "../api/calls";
import type { Watchlist } from "../api/types";
import { DateTimeField } from "../app/DateTimeField";
import { useRequired } from "../app/FormDialog";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { UploadDialog } from "./UploadDialog";
import { usePhotoUpload } from "./usePhotoUpload";

interface Props {
  readonly list: Watchlist;
  readonly close: () => void;
}

interface Fields extends PersonDraft {
  readonly photos: readonly File[];
}

export function PersonDialog({ list, close }: Props) {
  const words = useWords().watchlists;
  const required = useRequired();
  const { outcome, isBusy, upload } = usePhotoUpload();
  return (
    <UploadDialog<Fields>
      title={words.addPerson}
      initial={{ reason: list.reason, ends_at: list.ends_at }}
      outcome={outcome}
      isBusy={isBusy}
      mayOverrule
      submit={({ photos, ...draft }) => upload(() => addPerson(list.id, draft, photos))}
      close={close}
    >
      <Form.Item name="name" label={words.name} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="photos" label={words.photos} rules={required}>
        <PhotoPicker hint={words.photosHint} accept="image/*" />
      </Form.Item>
      <Form.Item name="reason" label={words.reason} rules={required}>
        <Input.TextArea autoSize maxLength={2000} />
      </Form.Item>
      <Form.Item name="source" label={words.source} extra={words.sourceHint} rules={required}>
        <Input maxLength={2000} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.ends} rules={required}>
        <DateTimeField />
      </Form.Item>
      <Form.Item name="external_ref" label={words.ref} extra={words.refHint}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="note" label={words.note}>
        <Input.TextArea autoSize maxLength={2000} />
      </Form.Item>
    </UploadDialog>
  );
}
