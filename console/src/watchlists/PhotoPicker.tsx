import { InboxOutlined } from "@ant-design/icons";
import { Upload, type UploadFile } from "antd";

interface Props {
  readonly id?: string;
  readonly value?: readonly File[];
  readonly onChange?: (files: readonly File[]) => void;
  readonly hint: string;
  readonly accept: string;
  readonly isMany?: boolean;
}

/** Photos or one ZIP, dropped or chosen; nothing is sent before the form is. */
export function PhotoPicker({ id, value = [], onChange, hint, accept, isMany = true }: Props) {
  const shown: UploadFile[] = value.map((file, index) => ({ uid: String(index), name: file.name, status: "done" }));
  function take(_file: File, dropped: readonly File[]): false {
    onChange?.(isMany ? [...value, ...dropped] : dropped.slice(-1));
    return false;
  }
  return (
    <Upload.Dragger
      {...(id === undefined ? {} : { id })}
      multiple={isMany}
      accept={accept}
      fileList={shown}
      beforeUpload={(file, dropped) => (file === dropped[0] ? take(file, dropped) : false)}
      onRemove={(removed) => onChange?.(value.filter((_, index) => String(index) !== removed.uid))}
    >
      <p className="picker-icon">
        <InboxOutlined aria-hidden />
      </p>
      <p className="soft">{hint}</p>
    </Upload.Dragger>
  );
}
