import { App, Modal } from "antd";
import { useState } from "react";
import { importGroups } from "../api/calls";
import { useSave } from "../app/useSave";
import { PhotoPicker } from "../watchlists/PhotoPicker";
import { useWords } from "../words/language";

export function ImportGroupsDialog({ close }: { readonly close: () => void }) {
  const words = useWords().groups;
  const { message } = App.useApp();
  const [files, setFiles] = useState<readonly File[]>([]);
  const { save, isBusy } = useSave(importGroups, ["groups"]);
  const [file] = files;
  async function go(): Promise<void> {
    const done = file && (await save(await file.text()));
    if (!done) return;
    void message.success(`${words.imported}: ${done.n_groups}`);
    close();
  }
  return (
    <Modal
      open
      title={words.importYaml}
      okText={words.importYaml}
      okButtonProps={{ disabled: !file }}
      confirmLoading={isBusy}
      onOk={() => void go()}
      onCancel={close}
    >
      <p className="soft group-lead">{words.importHint}</p>
      <PhotoPicker value={files} onChange={setFiles} hint={words.importDrop} accept=".yaml,.yml" isMany={false} />
    </Modal>
  );
}
