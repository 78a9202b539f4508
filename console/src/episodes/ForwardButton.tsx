import { ForwardOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Form } from "antd";
import { useState } from "react";
import { fetchForwardTargets, forwardDelivery } from "../api/calls";
import type { Delivery } from "../api/types";
import { FormDialog } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

/** Hand a message down to groups under the one that was told. */
export function ForwardButton({ delivery }: { readonly delivery: Delivery }) {
  const words = useWords().episodes;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="small" type="text" icon={<ForwardOutlined aria-hidden />} onClick={() => setIsOpen(true)}>
        {words.forward}
      </Button>
      {isOpen && <ForwardDialog delivery={delivery} close={() => setIsOpen(false)} />}
    </>
  );
}

interface Fields {
  readonly group_ids: string[];
}

function ForwardDialog({ delivery, close }: { readonly delivery: Delivery; readonly close: () => void }) {
  const words = useWords().episodes;
  const { save, isBusy } = useSave((ids: string[]) => forwardDelivery(delivery.id, ids), ["hit"]);
  const queryKey = ["groups", "under", delivery.group.id];
  const { data: groups } = useQuery({ queryKey, queryFn: () => fetchForwardTargets(delivery.id) });
  const required = [{ required: true, type: "array" as const, message: words.forwardRequired }];
  return (
    <FormDialog<Fields>
      title={words.forwardTo(delivery.group.name)}
      okText={words.forward}
      isBusy={isBusy}
      submit={async (fields) => (await save(fields.group_ids)) !== null}
      close={close}
    >
      {groups?.length === 0 && <p>{words.forwardNone}</p>}
      <Form.Item name="group_ids" rules={required}>
        <Checkbox.Group
          className="episode-outcomes"
          options={(groups ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Form.Item>
    </FormDialog>
  );
}
