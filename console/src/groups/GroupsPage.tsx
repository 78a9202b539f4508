/** The groups as a tree: where they are, what they cover, how they are reached, and the link to their page. */

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { fetchGroups } from "../api/calls";
import type { Group, User } from "../api/types";
import { isAtLeast } from "../app/access";
import { Empty, Failed } from "../app/states";
import { useWords } from "../words/language";
import { ExportButton } from "./ExportButton";
import { GroupDialog } from "./GroupDialog";
import { GroupTree } from "./GroupTree";
import { ImportGroupsDialog } from "./ImportGroupsDialog";
import { LevelsDialog } from "./LevelsDialog";
import { asTree } from "./tree";
import "./groups.css";

type Open =
  | { readonly kind: "none" | "import" | "levels" }
  | { readonly kind: "edit"; readonly group: Group | null };

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
        {mayChange && <ExportButton />}
        {mayChange && user.sees_all_sites && (
          <>
            <Button onClick={() => setOpen({ kind: "levels" })}>{words.clocks}</Button>
            <Button onClick={() => setOpen({ kind: "import" })}>{words.importFile}</Button>
          </>
        )}
        {mayChange && (
          <Button type="primary" onClick={() => setOpen({ kind: "edit", group: null })}>
            {words.create}
          </Button>
        )}
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data?.length === 0 && <Empty title={words.empty}>{words.emptyHint}</Empty>}
      <GroupTree branches={asTree(data ?? [])} mayChange={mayChange} change={(group) => setOpen({ kind: "edit", group })} />
      {open.kind === "edit" && <GroupDialog group={open.group} groups={data ?? []} close={close} />}
      {open.kind === "import" && <ImportGroupsDialog close={close} />}
      {open.kind === "levels" && <LevelsDialog close={close} />}
    </div>
  );
}
