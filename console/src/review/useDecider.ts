import type { Decision } from "../api/types";
import { useWords } from "../words/language";

/** What the API says where no person but the list's own rule decided. */
const POLICY = "policy";

/** Who decided, by name. */
export function useDecider(): (decision: Decision) => string {
  const { byPolicy } = useWords().review;
  return ({ by }) => (by === POLICY ? byPolicy : by);
}
