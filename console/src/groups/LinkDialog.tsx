import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Alert, Button, Input, Modal } from "antd";
import { useState } from "react";
import type { Group } from "../api/types";
import { useWords } from "../words/language";

interface Props {
  readonly group: Group;
  readonly url: string;
  readonly close: () => void;
}

/** Shown once: only a hash of the link is kept. */
export function LinkDialog({ group, url, close }: Props) {
  const words = useWords();
  const [isCopied, setIsCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(url);
    setIsCopied(true);
  }
  return (
    <Modal open title={`${words.groups.link}: ${group.name}`} footer={null} onCancel={close} mask={{ closable: false }}>
      <Alert type="warning" showIcon title={words.groups.linkOnce} className="link-warning" />
      <div className="link-row">
        <Input readOnly value={url} aria-label={words.groups.link} onFocus={({ target }) => target.select()} />
        <Button type="primary" icon={isCopied ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />} onClick={() => void copy()}>
          {isCopied ? words.shell.copied : words.shell.copy}
        </Button>
      </div>
    </Modal>
  );
}
