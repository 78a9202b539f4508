/** Hundreds at once: a ZIP goes up, and every row comes back with its result. */

import { Alert, Checkbox, Form, Input, Modal, Spin } from "antd";
import { useState } from "react";
import { type ImportDefaults, importZip } from "../api/calls";
import type { ImportReport, Watchlist } from "../api/types";
import { DateTimeField } from "../app/DateTimeField";
import { useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { PhotoPicker } from "./PhotoPicker";
import { PhotoResults } from "./PhotoResults";

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
