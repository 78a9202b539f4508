import { Form } from "antd";
import { addPortraits } from "../api/calls";
import type { Person } from "../api/types";
import { useRequired } from "../app/FormDialog";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { UploadDialog } from "./UploadDialog";
import { usePhotoUpload } from "./usePhotoUpload";

interface Props {
  readonly person: Person;
  readonly close: () => void;
}

export function PortraitsDialog({ person, close }: Props) {
  const words = useWords().watchlists;
  const required = useRequired();
  const { outcome, isBusy, upload } = usePhotoUpload();
  return (
    <UploadDialog<{ photos: readonly File[] }>
      title={`${words.morePhotos}: ${person.name}`}
      outcome={outcome}
      isBusy={isBusy}
      submit={({ photos }) => upload(() => addPortraits(person.id, photos))}
      close={close}
    >
      <Form.Item name="photos" rules={required}>
        <PhotoPicker hint={words.photosHint} accept="image/*" />
      </Form.Item>
    </UploadDialog>
  );
}
