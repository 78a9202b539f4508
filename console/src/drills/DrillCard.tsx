import type { Drill, DrillScore } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";

/** One drill: a row a group, who answered first on top. */
export function DrillCard({ drill }: { readonly drill: Drill }) {
  const { words, language } = useSpeech();
  const said = words.drills;
  return (
    <li className="card drill">
      <div className="drill-head">
        <strong className="numbers">{dateTime(drill.started_at, language)}</strong>
        <span className={drill.is_over ? "tag" : "tag tag-exercise"}>{drill.is_over ? said.over : said.running}</span>
        <span className="numbers">{said.seen(drill.n_seen, drill.n_groups)}</span>
        <span className="soft small">{said.startedBy(drill.started_by.replace(/^user:/, ""))}</span>
      </div>
      <table className="drill-scores">
        <thead>
          <tr>
            <th scope="col">{said.group}</th>
            <th scope="col">{said.firstAnswer}</th>
            <th scope="col">{said.answer}</th>
            <th scope="col">{said.reached}</th>
          </tr>
        </thead>
        <tbody>
          {drill.groups.map((score) => (
            <ScoreRow key={score.group_id} score={score} />
          ))}
        </tbody>
      </table>
    </li>
  );
}

function ScoreRow({ score }: { readonly score: DrillScore }) {
  const words = useWords();
  const said = words.drills;
  return (
    <tr>
      <th scope="row">{score.name}</th>
      <td className="numbers">
        {score.seen_after_s === null ? (
          <span className="soft">{said.noAnswer}</span>
        ) : (
          said.seconds(score.seen_after_s)
        )}
      </td>
      <td>
        {score.seen_after_s !== null && answerOf(score, words.dispatch.replies, said.read)}{" "}
        <span className="soft small">{score.member}</span>
      </td>
      <td>
        {score.chats.map((chat) => (
          <div key={chat.kind} className={chat.state === "failed" ? "drill-bad" : ""}>
            {chatName(chat.kind, words.dispatch.chats)}: {said.states[chat.state] ?? chat.state}
            {chat.accepted_after_s !== null && (
              <span className="soft small numbers"> {said.seconds(chat.accepted_after_s)}</span>
            )}
            {chat.error !== null && <span className="small"> {chat.error}</span>}
          </div>
        ))}
      </td>
    </tr>
  );
}

function answerOf(score: DrillScore, replies: Readonly<Record<string, string>>, read: string): string {
  return score.answer === null ? read : (replies[score.answer] ?? score.answer);
}

function chatName(kind: string, names: Readonly<Record<string, string>>): string {
  return names[kind] ?? kind;
}
