import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import type { SystemStatus } from "../api/types";
import { ago } from "../time/clock";
import { useNowMs } from "../time/ticking";
import { useWords } from "../words/language";

type Props = Pick<SystemStatus, "workers" | "gallery">;

export function WorkerList({ workers, gallery }: Props) {
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
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
