/** Who may log in, as what, for which sites. */

import { LockOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { changeAccount, fetchAccounts } from "../api/calls";
import type { Account } from "../api/types";
import { useAsk } from "../app/Ask";
import { Failed } from "../app/states";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";
import { UserDialog } from "./UserDialog";
import "./users.css";

type Open = { readonly user: Account | null } | null;

export default function UsersPage() {
  const words = useWords().users;
  const { data, error, refetch } = useQuery({ queryKey: ["users"], queryFn: fetchAccounts });
  const [open, setOpen] = useState<Open>(null);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        <Button type="primary" onClick={() => setOpen({ user: null })}>
          {words.create}
        </Button>
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      <ul className="users card" hidden={!data}>
        {data?.map((user) => (
          <UserRow key={user.id} user={user} change={() => setOpen({ user })} />
        ))}
      </ul>
      {open && <UserDialog user={open.user} close={() => setOpen(null)} />}
    </div>
  );
}

function UserRow({ user, change }: { readonly user: Account; readonly change: () => void }) {
  const words = useWords();
  const said = words.users;
  const ask = useAsk();
  const lock = (isDisabled: boolean) => changeAccount(user.id, { is_disabled: isDisabled });
  const { save, isBusy } = useSave(lock, ["users"]);
  const disable = (): void => ask(said.disableAsk(user.name), said.disable, () => void save(true));
  return (
    <li className="user">
      <span className="user-name">
        <strong>{user.name}</strong>
        {user.is_disabled && (
          <span className="tag">
            <LockOutlined aria-hidden /> {said.disabled}
          </span>
        )}
      </span>
      <span>{words.shell.roles[user.role]}</span>
      <span className="soft small">{user.sees_all_sites ? said.allSites : user.sites.join(", ") || words.shell.none}</span>
      <span className="user-actions">
        <Button size="small" onClick={change}>
          {said.change}
        </Button>
        <Button size="small" type="text" loading={isBusy} onClick={user.is_disabled ? () => void save(false) : disable}>
          {user.is_disabled ? said.enable : said.disable}
        </Button>
      </span>
    </li>
  );
}
