/** The guards' groups: where they are, how they are reached, and the link to their page. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { fetchGroups } from "../api/calls";
import type { Group, User } from "../api/types";
import { isAtLeast } from "../app/access";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { GroupCard } from "./GroupCard";
import { GroupDialog } from "./GroupDialog";
import { ImportGroupsDialog } from "./ImportGroupsDialog";
import "./groups.css";

type Open = { readonly kind: "none" | "import" } | { readonly kind: "edit"; readonly group: Group | null };

export default function GroupsPage({ user }: { readonly user: User }) {
  const words = useWords().groups;
  const { data, error, refetch } = useQuery({ queryKey: ["groups"], queryFn: fetchGroups });
  const [open, setOpen] = useState<Open>({ kind: "none" });
  const mayChange = isAtLeast(user, "admin");
  const close = (): void => setOpen({ kind: "none" });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        {mayChange && (
          <>
            <Button onClick={() => setOpen({ kind: "import" })}>{words.importYaml}</Button>
            <Button type="primary" onClick={() => setOpen({ kind: "edit", group: null })}>
              {words.create}
            </Button>
          </>
        )}
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.empty}>{words.emptyHint}</Empty>}
      <ul className="groups">
        {data?.map((group) => (
          <GroupCard key={group.id} group={group} mayChange={mayChange} change={() => setOpen({ kind: "edit", group })} />
        ))}
      </ul>
      {open.kind === "edit" && <GroupDialog group={open.group} groups={data ?? []} close={close} />}
      {open.kind === "import" && <ImportGroupsDialog close={close} />}
    </div>
  );
}
