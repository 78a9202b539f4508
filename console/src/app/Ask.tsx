import { App } from "antd";
import { useWords } from "../words/language";

/** Ask before what cannot be taken back. */
export function useAsk(): (question: string, action: string, go: () => void) => void {
  const { modal } = App.useApp();
  const words = useWords();
  return (question, action, go) =>
    void modal.confirm({
      title: question,
      okText: action,
      okButtonProps: { danger: true },
      cancelText: words.shell.cancel,
      onOk: go,
      icon: null,
    });
}
