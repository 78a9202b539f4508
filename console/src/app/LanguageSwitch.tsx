import { Button } from "antd";
import type { Language } from "../api/types";
import { useSpeech } from "../words/language";

const NAMES: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };

interface Props {
  /** Told after the switch, e.g. to remember it with the account. */
  readonly onChoose?: (language: Language) => void;
}

/** One button that names the other language in that language. */
export function LanguageSwitch({ onChoose }: Props) {
  const { language, choose } = useSpeech();
  const other: Language = language === "en" ? "zh" : "en";
  function onClick(): void {
    choose(other);
    onChoose?.(other);
  }
  return (
    <Button type="text" lang={other === "zh" ? "zh-CN" : "en"} onClick={onClick}>
      {NAMES[other]}
    </Button>
  );
}
