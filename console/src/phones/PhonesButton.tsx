/** "Phones 9/12" at a group: how many of its members have been reached on a phone of their own. */

import { MobileOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { fetchReached } from "../api/calls";
import type { Group } from "../api/types";
import { useWords } from "../words/language";
import { PhonesDialog } from "./PhonesDialog";

interface Props {
  readonly group: Pick<Group, "id" | "name">;
  readonly mayChange: boolean;
}

/** All groups share one question. A group without a roster has no phones to speak of. */
export function PhonesButton({ group, mayChange }: Props) {
  const words = useWords().phones;
  const [isOpen, setIsOpen] = useState(false);
  const { data } = useQuery({ queryKey: ["phones"], queryFn: fetchReached });
  const counts = data?.find(({ group_id }) => group_id === group.id);
  if (!counts) return null;
  return (
    <>
      <Button
        size="small"
        icon={<MobileOutlined aria-hidden />}
        aria-label={words.reached(counts.n_reached, counts.n_members)}
        onClick={() => setIsOpen(true)}
      >
        {words.short(counts.n_reached, counts.n_members)}
      </Button>
      {isOpen && <PhonesDialog group={group} mayChange={mayChange} close={() => setIsOpen(false)} />}
    </>
  );
}
