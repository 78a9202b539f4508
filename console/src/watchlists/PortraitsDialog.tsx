import { Form } from "antd";
import { addPortraits, type PhotosDraft } from "../api/calls";
import type { Person } from "../api/types";
import { useRequired } from "../app/FormDialog";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { UploadDialog } from "./UploadDialog";
import { usePhotoUpload } from "./usePhotoUpload";

interface Props {
  readonly person: Person;
  readonly mayOverrule: boolean;
  readonly close: () => void;
}

interface Fields extends PhotosDraft {
  readonly photos: readonly File[];
}

export function PortraitsDialog({ person, mayOverrule, close }: Props) {
  const words = useWords().watchlists;
  const required = useRequired();
  const { outcome, isBusy, upload } = usePhotoUpload();
  return (
    <UploadDialog<Fields>
      title={`${words.morePhotos}: ${person.name}`}
      outcome={outcome}
      isBusy={isBusy}
      mayOverrule={mayOverrule}
      submit={({ photos, ...draft }) => upload(() => addPortraits(person.id, draft, photos))}
      close={close}
    >
      <Form.Item name="photos" rules={required}>
        <PhotoPicker hint={words.photosHint} accept="image/*" />
      </Form.Item>
    </UploadDialog>
  );
}
