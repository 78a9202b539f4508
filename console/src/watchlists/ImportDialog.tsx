/** Hundreds at once: a ZIP goes up, and every row comes back with its result. */

import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Checkbox, Form, Input, Modal, Spin } from "antd";
import { useState } from "react";
import { type ImportDefaults, importZip } from "../api/calls";
import type { ImportReport, Watchlist } from "../api/types";
import { DateTimeField } from "../app/DateTimeField";
import { useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import type { Words } from "../words/catalogue";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { PhotoResults } from "./PhotoResults";
import { reportCsv } from "./reports";

interface Props {
  readonly list: Watchlist;
  readonly close: () => void;
}

interface Fields extends ImportDefaults {
  readonly files: readonly File[];
}

export function ImportDialog({ list, close }: Props) {
  const words = useWords();
  const said = words.watchlists;
  const [form] = Form.useForm<Fields>();
  const [report, setReport] = useState<ImportReport | null>(null);
  const send = ({ files: [file], ...defaults }: Fields): Promise<ImportReport> =>
    importZip(list.id, defaults, file as File);
  const { save, isBusy } = useSave(send, ["watchlists"]);
  return (
    <Modal
      open
      title={said.importZip}
      width={640}
      okText={report ? words.shell.close : said.importZip}
      onOk={report ? close : form.submit}
      onCancel={close}
      confirmLoading={isBusy}
      cancelButtonProps={{ className: report ? "unseen-button" : "" }}
      mask={{ closable: false }}
    >
      {report && <Report report={report} />}
      <Form<Fields>
        form={form}
        layout="vertical"
        hidden={report !== null}
        requiredMark={false}
        initialValues={{ reason: list.reason, ends_at: list.ends_at }}
        onFinish={(fields) => void save(fields).then(setReport)}
      >
        <ImportFields />
      </Form>
      {isBusy && (
        <p className="dialog-busy" role="status">
          <Spin size="small" /> {said.importing}
        </p>
      )}
    </Modal>
  );
}

function ImportFields() {
  const words = useWords().watchlists;
  const required = useRequired();
  return (
    <>
      <p className="soft dialog-lead">{words.importHint}</p>
      <Form.Item name="files" rules={required}>
        <PhotoPicker hint={words.importDrop} accept=".zip" isMany={false} />
      </Form.Item>
      <h3 className="dialog-heading">{words.importDefaults}</h3>
      <Form.Item name="reason" label={words.reason}>
        <Input maxLength={2000} />
      </Form.Item>
      <Form.Item name="source" label={words.source} extra={words.sourceHint}>
        <Input maxLength={2000} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.ends}>
        <DateTimeField />
      </Form.Item>
    </>
  );
}

function Report({ report }: { readonly report: ImportReport }) {
  const all = useWords();
  const words = all.watchlists;
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
        description={<ImportCounts report={report} />}
      />
      <Checkbox checked={isOnlyRefused} onChange={() => setIsOnlyRefused(!isOnlyRefused)} className="dialog-filter">
        {words.onlyRefused}
      </Checkbox>
      <PhotoResults photos={named} />
      <Button icon={<DownloadOutlined aria-hidden />} onClick={() => download(report, all)}>
        {all.quality.download}
      </Button>
    </>
  );
}

function ImportCounts({ report }: { readonly report: ImportReport }) {
  const { watchlists: words, quality } = useWords();
  return (
    <>
      {words.report(report.n_accepted, report.n_refused)}
      {report.n_weak > 0 && ` · ${quality.nWeak(report.n_weak)}`}
      {report.n_one_portrait > 0 && <div>{quality.nOne(report.n_one_portrait)}</div>}
    </>
  );
}

/** Every photo's answer as a file: hundreds of refusals are worked through in a spreadsheet. */
function download(report: ImportReport, words: Words): void {
  const address = URL.createObjectURL(new Blob([reportCsv(report.rows, words)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "import.csv";
  link.click();
  URL.revokeObjectURL(address);
}
