/** What opens over the review page: one at a time. */

import { Modal } from "antd";
import { lazy, Suspense, useState } from "react";
import type { Hit } from "../api/types";
import { FramePicture } from "../pictures/FramePicture";
import { Picture } from "../pictures/Picture";
import { useWords } from "../words/language";
import { KeyList } from "./KeyList";

const AmendDialog = lazy(() => import("./AmendDialog"));

type Shown =
  | { readonly kind: "none" }
  | { readonly kind: "keys" }
  | { readonly kind: "frame"; readonly hit: Hit }
  | { readonly kind: "face" | "portrait"; readonly hit: Hit }
  | { readonly kind: "amend"; readonly hitId: string };

interface Dialogs {
  readonly shown: Shown;
  readonly open: (shown: Shown) => void;
  readonly close: () => void;
}

export function useDialogs(): Dialogs {
  const [shown, open] = useState<Shown>({ kind: "none" });
  return { shown, open, close: () => open({ kind: "none" }) };
}

export function ReviewDialogs({ dialogs: { shown, close } }: { readonly dialogs: Dialogs }) {
  const words = useWords();
  return (
    <>
      <Modal open={shown.kind === "keys"} onCancel={close} footer={null} title={words.keys.title} width={420}>
        <KeyList />
      </Modal>
      <Modal
        open={shown.kind === "frame"}
        onCancel={close}
        footer={null}
        title={shown.kind === "frame" ? shown.hit.stream.place : ""}
        width="min(96vw, 1600px)"
        centered
      >
        {shown.kind === "frame" && <FramePicture hit={shown.hit} />}
      </Modal>
      <Modal
        open={shown.kind === "face" || shown.kind === "portrait"}
        onCancel={close}
        footer={null}
        title={shown.kind === "face" ? words.review.live : words.review.enrolled}
        width="min(96vw, 900px)"
        centered
      >
        {(shown.kind === "face" || shown.kind === "portrait") && (
          <Picture address={shown.hit.pictures[shown.kind]} alt={words.review[shown.kind === "face" ? "live" : "enrolled"]} className="large" />
        )}
      </Modal>
      <Suspense>{shown.kind === "amend" && <AmendDialog hitId={shown.hitId} close={close} />}</Suspense>
    </>
  );
}
