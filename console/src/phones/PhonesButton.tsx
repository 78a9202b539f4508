/** "Phones 9/12" at a group: how many of its members have been reached on a phone of their own. */

import { MobileOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { fetchPhones } from "../api/calls";
import type { Group } from "../api/types";
import { useWords } from "../words/language";
import { PhonesDialog } from "./PhonesDialog";

interface Props {
  readonly group: Pick<Group, "id" | "name">;
  readonly mayChange: boolean;
}

export function PhonesButton({ group, mayChange }: Props) {
  const words = useWords().phones;
  const [isOpen, setIsOpen] = useState(false);
  const { data } = useQuery({ queryKey: ["phones", group.id], queryFn: () => fetchPhones(group.id) });
  if (!data || data.n_members === 0) return null;
  return (
    <>
      <Button
        size="small"
        icon={<MobileOutlined aria-hidden />}
        aria-label={words.reached(data.n_reached, data.n_members)}
        onClick={() => setIsOpen(true)}
      >
        {words.short(data.n_reached, data.n_members)}
      </Button>
      {isOpen && <PhonesDialog group={group} phones={data} mayChange={mayChange} close={() => setIsOpen(false)} />}
    </>
  );
}
