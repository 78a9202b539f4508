import type { Group } from "../api/types";
import { GroupCard } from "./GroupCard";
import type { Branch } from "./tree";

interface Props {
  readonly branches: readonly Branch[];
  readonly mayChange: boolean;
  readonly change: (group: Group) => void;
}

/** Each group above those that report to it. */
export function GroupTree({ branches, mayChange, change }: Props) {
  return (
    <ul className="group-tree">
      {branches.map(({ group, below }) => (
        <li key={group.id}>
          <GroupCard group={group} mayChange={mayChange} change={() => change(group)} />
          {below.length > 0 && <GroupTree branches={below} mayChange={mayChange} change={change} />}
        </li>
      ))}
    </ul>
  );
}
