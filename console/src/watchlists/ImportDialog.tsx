/** Hundreds at once: a ZIP goes up, and every row comes back with its result. */

import { Alert, Checkbox, Modal, Spin } from "antd";
import { useState } from "react";
import { importZip } from "../api/calls";
import type { ImportReport, Watchlist } from "../api/types";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { PhotoResults } from "./PhotoResults";

interface Props {
  readonly list: Watchlist;
  readonly close: () => void;
}

export function ImportDialog({ list, close }: Props) {
  const words = useWords();
  const said = words.watchlists;
  const [files, setFiles] = useState<readonly File[]>([]);
  const [report, setReport] = useState<ImportReport | null>(null);
  const { save, isBusy } = useSave((file: File) => importZip(list.id, file), ["watchlists"]);
  const [file] = files;

  async function go(): Promise<void> {
    if (report) close();
    else if (file) setReport(await save(file));
  }

  return (
    <Modal
      open
      title={said.importZip}
      width={640}
      okText={report ? words.shell.close : said.importZip}
      okButtonProps={{ disabled: !file }}
      onOk={() => void go()}
      onCancel={close}
      confirmLoading={isBusy}
      cancelButtonProps={{ hidden: report !== null }}
      mask={{ closable: false }}
    >
      {report ? (
        <Report report={report} />
      ) : (
        <>
          <p className="soft dialog-lead">{said.importHint}</p>
          <PhotoPicker value={files} onChange={setFiles} hint={said.importDrop} accept=".zip" isMany={false} />
          {isBusy && (
            <p className="dialog-busy" role="status">
              <Spin size="small" /> {said.importing}
            </p>
          )}
        </>
      )}
    </Modal>
  );
}

function Report({ report }: { readonly report: ImportReport }) {
  const words = useWords().watchlists;
  const [isOnlyRefused, setIsOnlyRefused] = useState(report.n_refused > 0);
  const rows = report.rows.filter((row) => !isOnlyRefused || !row.is_accepted);
  const named = rows.map((row) => ({
    ...row,
    file_name: [row.line !== null && `${words.line} ${row.line}`, row.name, row.file_name].filter(Boolean).join(" · "),
  }));
  return (
    <>
      <Alert
        showIcon
        type={report.n_refused === 0 ? "success" : "warning"}
        title={words.importDone(report.n_people)}
        description={words.report(report.n_accepted, report.n_refused)}
      />
      <Checkbox checked={isOnlyRefused} onChange={() => setIsOnlyRefused(!isOnlyRefused)} className="dialog-filter">
        {words.onlyRefused}
      </Checkbox>
      <PhotoResults photos={named} />
    </>
  );
}
