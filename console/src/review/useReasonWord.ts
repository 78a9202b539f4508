import { useWords } from "../words/language";

/** A reason's words; a code this console does not know yet is shown as it is. */
export function useReasonWord(): (code: string) => string {
  const { amend, review } = useWords();
  const known: Readonly<Record<string, string>> = { ...review.reasons, ...amend.reasons };
  return (code) => known[code] ?? code;
}
