import { ClockCircleOutlined, CheckOutlined, WarningOutlined } from "@ant-design/icons";
import type { RunningClock } from "../api/types";
import { useWords } from "../words/language";
import { countdown } from "./countdown";
import { useSecondMs } from "./useSecondMs";

/** Every clock of the case by its group, those that run first. */
export function ClockList({ clocks }: { readonly clocks: readonly RunningClock[] }) {
  const words = useWords().episodes;
  if (clocks.length === 0) return null;
  return (
    <div>
      <h3 className="small">{words.clocks}</h3>
      <ul className="clocks">
        {clocks.toSorted((a, b) => Number(isOver(a)) - Number(isOver(b))).map((clock) => (
          <ClockLine key={`${clock.group.id} ${clock.kind} ${clock.started_at}`} clock={clock} />
        ))}
      </ul>
    </div>
  );
}

function isOver(clock: RunningClock): boolean {
  return clock.stopped_at !== null || clock.ran_out_at !== null;
}

function ClockLine({ clock }: { readonly clock: RunningClock }) {
  const words = useWords().episodes;
  const nowMs = useSecondMs(!isOver(clock));
  const stops: Readonly<Record<string, string>> = words.stoppedBy;
  return (
    <li className={isOver(clock) ? "clock soft" : "clock"}>
      {clock.ran_out_at !== null && <WarningOutlined aria-hidden />}
      {clock.stopped_at !== null && <CheckOutlined aria-hidden />}
      {!isOver(clock) && <ClockCircleOutlined aria-hidden />}
      <span>
        {clock.group.name} · {words.clockKinds[clock.kind]}{" "}
        <span className="numbers small">
          {clock.ran_out_at !== null && words.ranOut}
          {clock.stopped_at !== null && (stops[clock.stopped_why ?? ""] ?? clock.stopped_why)}
          {!isOver(clock) && words.left(countdown(clock.due_at, nowMs))}
        </span>
      </span>
    </li>
  );
}
