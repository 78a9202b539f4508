/** How patrol itself is: alarms first, then who watches, with which gallery, on how much disk. */

import { WarningFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Progress, Skeleton } from "antd";
import { fetchSystem } from "../api/calls";
import type { SystemStatus } from "../api/types";
import { Failed } from "../app/states";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";
import { bytes } from "./bytes";
import { WorkerList } from "./WorkerList";
import "./system.css";

const REFRESH_MS = 5000;

export default function SystemPage() {
  const words = useWords().system;
  const { data, error, refetch } = useQuery({ queryKey: ["system"], queryFn: fetchSystem, refetchInterval: REFRESH_MS });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        {data && (
          <span className="soft">
            {words.version} {data.version}
          </span>
        )}
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && (
        <div className="system">
          <Alarms alarms={data.alarms} />
          <WorkerList workers={data.workers} gallery={data.gallery} />
          <Numbers system={data} />
        </div>
      )}
    </div>
  );
}

function Alarms({ alarms }: { readonly alarms: SystemStatus["alarms"] }) {
  const { words, language } = useSpeech();
  return (
    <section className="card system-card" aria-label={words.system.alarms}>
      <h2>{words.system.alarms}</h2>
      {alarms.length === 0 && <p className="soft">{words.system.noAlarms}</p>}
      <ul className="system-alarms">
        {alarms.map((alarm) => (
          <li key={alarm.id}>
            <WarningFilled aria-hidden />
            <span>
              {alarm.explanation}{" "}
              <span className="soft small">{words.system.since(dateTime(alarm.raised_at, language))}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Numbers({ system: { disk, sender, gallery } }: { readonly system: SystemStatus }) {
  const words = useWords().system;
  const share = disk.quota_bytes > 0 ? Math.round((disk.used_bytes / disk.quota_bytes) * 100) : 0;
  return (
    <section className="card system-card">
      <h2>{words.disk}</h2>
      <Progress percent={share} status="normal" showInfo={false} aria-label={words.disk} />
      <p className="numbers">{words.diskUsed(bytes(disk.used_bytes), bytes(disk.quota_bytes))}</p>
      <dl className="facts">
        <div>
          <dt>{words.gallery}</dt>
          <dd>{words.people(gallery.n_people)}</dd>
        </div>
        <div>
          <dt>{words.queued}</dt>
          <dd className="numbers">{sender.n_queued}</dd>
        </div>
      </dl>
    </section>
  );
}
