import { Alert } from "antd";
import type { GroupWarning } from "../api/types";

/** What is doubtful about a group that was saved all the same. */
export function Warnings({ warnings }: { readonly warnings: readonly GroupWarning[] }) {
  if (warnings.length === 0) return null;
  const said = warnings.map(({ group_id, field, code, explanation }) => (
    <li key={`${group_id} ${field} ${code}`}>{explanation}</li>
  ));
  return <Alert type="warning" className="group-warnings" title={<ul>{said}</ul>} />;
}
