import { Form, Input } from "antd";
import { addVolunteers, type VolunteersDraft } from "../api/calls";
import { DateTimeField } from "../app/DateTimeField";
import { useRequired } from "../app/FormDialog";
import { PhotoPicker } from "../watchlists/PhotoPicker";
import { UploadDialog } from "../watchlists/UploadDialog";
import { usePhotoUpload } from "../watchlists/usePhotoUpload";
import "../watchlists/watchlists.css";
import { useWords } from "../words/language";

interface Fields extends VolunteersDraft {
  readonly photos: readonly File[];
}

export function VolunteersDialog({ close }: { readonly close: () => void }) {
  const words = useWords().accuracy;
  const required = useRequired();
  const { outcome, isBusy, upload } = usePhotoUpload(["accuracy"]);
  return (
    <UploadDialog<Fields>
      title={words.addVolunteers}
      outcome={outcome}
      isBusy={isBusy}
      submit={({ photos, ...draft }) => upload(() => addVolunteers(draft, photos))}
      close={close}
    >
      <Form.Item name="photos" label={words.photos} rules={required}>
        <PhotoPicker hint={words.photosHint} accept="image/*" />
      </Form.Item>
      <Form.Item name="consent" label={words.consent} extra={words.consentHint} rules={required}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.until} rules={required}>
        <DateTimeField />
      </Form.Item>
    </UploadDialog>
  );
}
