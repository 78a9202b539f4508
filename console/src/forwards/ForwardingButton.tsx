import { ForwardOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { Group } from "../api/types";
import { useWords } from "../words/language";
import { PoliciesDialog } from "./PoliciesDialog";

/** The policies by which a group hands down what it receives. */
export function ForwardingButton({ group }: { readonly group: Pick<Group, "id" | "name"> }) {
  const words = useWords().forwards;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={<ForwardOutlined aria-hidden />} onClick={() => setIsOpen(true)}>
        {words.button}
      </Button>
      {isOpen && <PoliciesDialog group={group} close={() => setIsOpen(false)} />}
    </>
  );
}
