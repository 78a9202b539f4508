/** A form with photos; once they were looked at it shows, photo by photo, what was taken and why not. */

import { Alert, Checkbox, Form, Input, Modal } from "antd";
import { type ReactNode, useEffect, useRef } from "react";
import { useWords } from "../words/language";
import { PhotoResults } from "./PhotoResults";
import type { UploadOutcome } from "./usePhotoUpload";

/** The refusal that an admin who has compared the faces may overrule. */
const LOOKALIKE = "looks_like_another";

interface Props<F> {
  readonly title: string;
  readonly initial?: object;
  readonly outcome: UploadOutcome | null;
  readonly isBusy: boolean;
  readonly mayOverrule?: boolean; // that a photo shows somebody else: an admin for all sites
  readonly submit: (fields: F) => Promise<void>;
  readonly close: () => void;
  readonly children: ReactNode;
}

export function UploadDialog<F extends object>(props: Props<F>) {
  const { title, initial, outcome, isBusy, mayOverrule, submit, close, children } = props;
  const words = useWords();
  const said = words.watchlists;
  const [form] = Form.useForm<F>();
  const isDone = outcome?.isAccepted === true;
  return (
    <Modal
      open
      title={title}
      okText={isDone ? words.shell.close : said.addPhotos}
      onOk={isDone ? close : form.submit}
      cancelButtonProps={{ className: isDone ? "unseen-button" : "" }}
      onCancel={close}
      confirmLoading={isBusy}
      mask={{ closable: false }}
    >
      {outcome && <Outcome key={outcome.atMs} outcome={outcome} />}
      <Form<F>
        form={form}
        layout="vertical"
        hidden={isDone}
        requiredMark={false}
        initialValues={initial ?? {}}
        onFinish={(fields) => void submit(fields)}
      >
        {children}
        {mayOverrule && outcome?.photos.some((photo) => photo.reason === LOOKALIKE) && (
          <Form.Item name="is_lookalike_allowed" valuePropName="checked">
            <Checkbox>{said.lookalike}</Checkbox>
          </Form.Item>
        )}
        {outcome?.photos.some((photo) => photo.may_be_weak) && (
          <Form.Item name="weak_reason" label={words.quality.letIn} extra={words.quality.letInHint}>
            <Input.TextArea autoSize maxLength={2000} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

function Outcome({ outcome: { photos, isAccepted } }: { readonly outcome: UploadOutcome }) {
  const words = useWords().watchlists;
  const n = photos.filter((photo) => photo.is_accepted).length;
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void top.current?.scrollIntoView({ block: "center" }); // newer browsers answer with a promise: no clean-up
  }, []);
  return (
    <div ref={top}>
      <Alert
        showIcon
        type={isAccepted ? "success" : "warning"}
        title={isAccepted ? words.report(n, photos.length - n) : words.noneAccepted}
      />
      <PhotoResults photos={photos} />
    </div>
  );
}
