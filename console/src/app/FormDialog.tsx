/** A form in a dialog: stays open, and keeps what was typed, until the server has accepted it. */

import { Form, type FormProps, Modal } from "antd";
import type { ReactNode } from "react";
import { useWords } from "../words/language";

interface Props<F> {
  readonly title: string;
  readonly okText?: string;
  readonly initial?: FormProps<F>["initialValues"];
  readonly isBusy: boolean;
  /** True where it was accepted. */
  readonly submit: (fields: F) => Promise<boolean>;
  /** Told the first field that cannot be as it is, so that a form of several tabs can show it. */
  readonly show?: (field: string) => void;
  readonly close: () => void;
  readonly children: ReactNode;
}

export function FormDialog<F extends object>({ title, okText, initial, isBusy, submit, show, close, children }: Props<F>) {
  const words = useWords();
  const [form] = Form.useForm<F>();
  async function finish(fields: F): Promise<void> {
    if (await submit(fields)) close();
  }
  return (
    <Modal
      open
      title={title}
      okText={okText ?? words.shell.save}
      cancelText={words.shell.cancel}
      confirmLoading={isBusy}
      onOk={form.submit}
      onCancel={close}
      mask={{ closable: false }}
    >
      <Form<F>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial ?? {}}
        onFinish={(fields) => void finish(fields)}
        onFinishFailed={({ errorFields }) => show?.(String(errorFields[0]?.name[0]))}
      >
        {children}
      </Form>
    </Modal>
  );
}

/** The rule of a field that must hold something. */
export function useRequired(): { required: true; whitespace?: boolean; message: string }[] {
  return [{ required: true, message: useWords().shell.required }];
}
