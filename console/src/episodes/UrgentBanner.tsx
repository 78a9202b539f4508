import { AlertFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { fetchSystem } from "../api/calls";
import "./episodes.css";

/** The alarms that cannot wait until somebody opens the system page: people in the field are concerned. */
const URGENT = new Set([
  "need_help",
  "nobody_answers",
  "wrongful_stop",
  "withdrawal_not_delivered",
  "episode_overdue",
]);

/** On top of every page, each with the way to its hit. */
export function UrgentBanner() {
  const { data } = useQuery({ queryKey: ["system"], queryFn: fetchSystem });
  const urgent = (data?.alarms ?? []).filter(({ code }) => URGENT.has(code));
  if (urgent.length === 0) return null;
  return (
    <ul className="urgent" role="alert">
      {urgent.map(({ id, subject, explanation }) => (
        <li key={id}>
          <AlertFilled aria-hidden />
          {subject.startsWith("hit:") ? <Link href={`/hits/${subject.slice(4)}`}>{explanation}</Link> : explanation}
        </li>
      ))}
    </ul>
  );
}
