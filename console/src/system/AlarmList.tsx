import { WarningFilled } from "@ant-design/icons";
import type { SystemStatus } from "../api/types";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";

type Props = Pick<SystemStatus, "causes" | "alarms">;

/** One line for each cause, and every alarm by itself below it for whoever mends them. */
export function AlarmList({ causes, alarms }: Props) {
  const { words, language } = useSpeech();
  const said = words.system;
  return (
    <section className="card system-card" aria-label={said.alarms}>
      <h2>{said.alarms}</h2>
      {alarms.length === 0 && <p className="soft">{said.noAlarms}</p>}
      <ul className="system-alarms">
        {causes.map((cause) => (
          <li key={`${cause.code} ${cause.site_id ?? ""} ${cause.text}`}>
            <WarningFilled aria-hidden />
            <span>
              <strong>{cause.text}</strong>
              {cause.is_told && <span className="soft small"> {said.maintenanceTold}</span>}
            </span>
          </li>
        ))}
      </ul>
      {alarms.length > 0 && (
        <details open={causes.length === 0}>
          <summary>{said.eachAlarm(alarms.length)}</summary>
          <ul className="system-alarms system-each">
            {alarms.map((alarm) => (
              <li key={alarm.id}>
                <WarningFilled aria-hidden />
                <span>
                  {alarm.explanation}{" "}
                  <span className="soft small">{said.since(dateTime(alarm.raised_at, language))}</span>
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
