/** How patrol itself is: what is wrong first, then who watches and sends, the chats, the self-tests, the disk. */

import { useQuery } from "@tanstack/react-query";
import { Progress, Skeleton } from "antd";
import { fetchSystem } from "../api/calls";
import type { SystemStatus, User } from "../api/types";
import { isAtLeast } from "../app/access";
import { Failed } from "../app/states";
import { useWords } from "../words/language";
import { AlarmList } from "./AlarmList";
import { bytes } from "./bytes";
import { ChatList } from "./ChatList";
import { SelfTests } from "./SelfTests";
import { SenderState } from "./SenderState";
import { WorkerList } from "./WorkerList";
import "./system.css";

const REFRESH_MS = 5000;

export default function SystemPage({ user }: { readonly user: User }) {
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
          <AlarmList causes={data.causes} alarms={data.alarms} />
          <WorkerList workers={data.workers} gallery={data.gallery} load={data.load} />
          <SenderState sender={data.sender} />
          <ChatList chats={data.chats} mayTest={isAtLeast(user, "admin")} />
          {isAtLeast(user, "reviewer") && <SelfTests mayStart={isAtLeast(user, "admin")} />}
          <Numbers system={data} />
        </div>
      )}
    </div>
  );
}

function Numbers({ system: { disk, gallery } }: { readonly system: SystemStatus }) {
  const words = useWords().system;
  const share = disk.quota_bytes > 0 ? Math.round((disk.used_bytes / disk.quota_bytes) * 100) : 0;
  return (
    <section className="card system-card">
      <h2>{words.disk}</h2>
      <Progress percent={share} status="normal" showInfo={false} aria-label={words.disk} />
      <p className="numbers">{words.diskUsed(bytes(disk.used_bytes), bytes(disk.quota_bytes))}</p>
      <dl className="facts">
        <div>
          <dt>{words.volume}</dt>
          <dd>{words.diskFree(bytes(disk.free_bytes), bytes(disk.total_bytes))}</dd>
        </div>
        <div>
          <dt>{words.gallery}</dt>
          <dd>{words.people(gallery.n_people)}</dd>
        </div>
      </dl>
    </section>
  );
}
