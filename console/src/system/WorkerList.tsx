import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import type { SystemStatus } from "../api/types";
import { LEFT_OUT_FROM } from "../streams/trouble";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";
import { bytes } from "./bytes";

type Props = Pick<SystemStatus, "workers" | "gallery" | "load">;
type Worker = SystemStatus["workers"][number];

const HOUR_S = 3600;

export function WorkerList({ workers, gallery, load }: Props) {
  const words = useWords();
  const said = words.system;
  const nowMs = useNowMs();
  return (
    <section className="card system-card" aria-label={said.workers}>
      <h2>{said.workers}</h2>
      {gallery.n_workers > 0 && (
        <p className="numbers">
          {said.gallery}: {said.galleryActive(gallery.n_workers_current, gallery.n_workers)}
        </p>
      )}
      {workers.every((worker) => !worker.is_alive) && <p className="system-bad">{said.noWorkers}</p>}
      {load.text !== null && <p className={isLeavingOut(load) ? "system-bad" : "soft"}>{load.text}</p>}
      <ul className="system-workers">
        {workers.map((worker) => (
          <li key={worker.id}>
            {worker.is_alive ? <CheckCircleFilled aria-hidden className="system-good" /> : <CloseCircleFilled aria-hidden className="system-bad" />}
            <span>
              <code>{worker.id}</code> {worker.is_alive ? said.alive : said.silent}
              <span className="soft small system-detail">
                {said.beat}: {ago(worker.beat_at, nowMs, words.time)} · {worker.embedder} · {worker.runtime} ·{" "}
                {said.revision} {worker.rev}/{gallery.rev}
              </span>
              {worker.is_alive && (
                <span className="soft small numbers system-detail">
                  {said.cameras(worker.n_streams)} · {said.cores(coresOf(worker))} · {bytes(worker.rss_bytes)}
                  {worker.n_dropped > 0 && ` · ${said.dropped(worker.n_dropped.toLocaleString())}`}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function isLeavingOut({ dropped_share }: SystemStatus["load"]): boolean {
  return dropped_share !== null && dropped_share >= LEFT_OUT_FROM;
}

/** Processor cores that a worker has kept busy since it began. */
function coresOf({ cpu_s, started_at, beat_at }: Worker): string {
  const lived_s = (Date.parse(beat_at) - Date.parse(started_at)) / 1000;
  return lived_s > 0 ? (cpu_s / lived_s).toFixed(lived_s < HOUR_S ? 1 : 2) : "–";
}
