import { Alert } from "antd";
import { useWords } from "../words/language";

/** Said where the pictures cannot be new. */
export function Lost({ isLost }: { readonly isLost: boolean }) {
  const words = useWords().wall;
  return isLost ? <Alert type="warning" showIcon title={words.lost} className="wall-lost" /> : null;
}
