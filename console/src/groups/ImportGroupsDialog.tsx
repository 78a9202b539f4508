import { App, Modal } from "antd";
import { useState } from "react";
import { importGroups } from "../api/calls";
import { useSave } from "../app/useSave";
import { PhotoPicker } from "../watchlists/PhotoPicker";
import { useWords } from "../words/language";
import { Warnings } from "./Warnings";

export function ImportGroupsDialog({ close }: { readonly close: () => void }) {
  const words = useWords().groups;
  const { message, modal } = App.useApp();
  const [files, setFiles] = useState<readonly File[]>([]);
  const { save, isBusy } = useSave(importGroups, ["groups"]);
  const [file] = files;
  async function go(): Promise<void> {
    const done = file && (await save(file));
    if (!done) return;
    const title = `${words.imported}: ${done.n_groups}`;
    if (done.warnings.length > 0) modal.warning({ title, content: <Warnings warnings={done.warnings} /> });
    else void message.success(title);
    close();
  }
  return (
    <Modal
      open
      title={words.importFile}
      okText={words.importFile}
      okButtonProps={{ disabled: !file }}
      confirmLoading={isBusy}
      onOk={() => void go()}
      onCancel={close}
    >
      <p className="soft group-lead">{words.importHint}</p>
      <PhotoPicker value={files} onChange={setFiles} hint={words.importDrop} accept=".yaml,.yml,.csv,.txt,.xlsx" isMany={false} />
    </Modal>
  );
}
