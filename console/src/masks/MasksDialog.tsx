import { DeleteOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { fetchMasks, saveMasks, streamPictureUrl } from "../api/calls";
import type { StreamStatus } from "../api/types";
import { useSave } from "../app/useSave";
import { usePicture } from "../pictures/usePicture";
import { useWords } from "../words/language";
import { MaskCanvas } from "./MaskCanvas";
import { type Mask, points } from "./shapes";
import "./masks.css";

interface Props {
  readonly stream: StreamStatus;
  readonly close: () => void;
}

/** The masks of one stream, drawn on what its camera shows just now. */
export function MasksDialog({ stream, close }: Props) {
  const words = useWords();
  const kept = useQuery({ queryKey: ["masks", stream.id], queryFn: () => fetchMasks(stream.id) });
  const [changed, setChanged] = useState<readonly Mask[] | null>(null);
  const masks = changed ?? kept.data?.masks ?? [];
  const { save, isBusy } = useSave((laid: readonly Mask[]) => saveMasks(stream.id, laid), ["masks", stream.id]);
  const finish = async (): Promise<void> => {
    if ((await save(masks)) !== null) close();
  };
  return (
    <Modal
      open
      width={860}
      title={words.masks.title(stream.name)}
      okText={words.shell.save}
      cancelText={words.shell.cancel}
      okButtonProps={{ disabled: changed === null }}
      confirmLoading={isBusy}
      onOk={() => void finish()}
      onCancel={close}
    >
      <p className="soft small">{words.masks.hint}</p>
      <Drawing stream={stream} masks={masks} change={setChanged} />
      <MaskList masks={masks} change={setChanged} />
    </Modal>
  );
}

interface DrawingProps {
  readonly stream: StreamStatus;
  readonly masks: readonly Mask[];
  readonly change: (masks: readonly Mask[]) => void;
}

function Drawing({ stream, masks, change }: DrawingProps) {
  const words = useWords().masks;
  const [openedAt] = useState(Date.now);
  const picture = usePicture(streamPictureUrl(stream.id, openedAt));
  const isShown = picture.kind === "shown";
  const aspectRatio = isShown ? `${picture.width} / ${picture.height}` : "16 / 9";
  return (
    <>
      <MaskCanvas masks={masks} aspectRatio={aspectRatio} add={(mask) => change([...masks, mask])}>
        {isShown && <img src={picture.source} alt="" draggable={false} />}
      </MaskCanvas>
      <p className="soft small">
        {picture.kind === "failed" || picture.kind === "gone" ? words.noPicture : words.looked} {words.drawing}
      </p>
    </>
  );
}

function MaskList({ masks, change }: Omit<DrawingProps, "stream">) {
  const words = useWords().masks;
  if (masks.length === 0) return <p>{words.none}</p>;
  return (
    <ul className="masks-list">
      {masks.map((mask, place) => (
        <li key={points(mask)}>
          {words.mask(place + 1)}{" "}
          <Button
            size="small"
            icon={<DeleteOutlined aria-hidden />}
            aria-label={words.remove(place + 1)}
            onClick={() => change(masks.filter((other) => other !== mask))}
          />
        </li>
      ))}
    </ul>
  );
}
