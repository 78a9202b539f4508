import { App } from "antd";
import { Link } from "wouter";
import type { User } from "../api/types";
import { localTime } from "../time/clock";
import { useSpeech } from "../words/language";
import type { Outcome } from "./outbox";
import { spoken } from "./queue";

/** Say plainly who was first, when and with what; or why a decision was refused. */
export function useOutcomeNotice(user: User): (outcome: Outcome) => void {
  const { notification } = App.useApp();
  const { words, language } = useSpeech();
  const said = words.review;

  return (outcome) => {
    if (outcome.kind === "accepted" || isMine(outcome, user)) return;
    const { hitId, number } = outcome.errand;
    const actions = <Link href={`/hits/${hitId}`}>{said.open}</Link>;
    if (outcome.kind === "refused") {
      const title = said.refused(spoken(number));
      notification.error({ title, description: outcome.problem.message, actions, duration: 0 });
      return;
    }
    const time = localTime(Date.parse(outcome.at), language);
    const title = said.overtaken(outcome.by, time, spoken(number), said.verdicts[outcome.verdict]);
    notification.warning({ title, description: said.overtakenHint, actions, duration: 0 });
  };
}

/** My own decision had arrived; only the answer was lost on the way. */
function isMine(outcome: Outcome, user: User): boolean {
  return outcome.kind === "overtaken" && outcome.by === user.name && outcome.verdict === outcome.errand.verdict;
}
