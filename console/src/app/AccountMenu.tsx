import { LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { logOut } from "../api/calls";
import type { User } from "../api/types";
import { useBecome } from "../login/me";
import { useWords } from "../words/language";

export function AccountMenu({ user }: { readonly user: User }) {
  const words = useWords();
  const become = useBecome();
  async function leave(): Promise<void> {
    await logOut().catch(() => null);
    become(null);
  }
  const items = [
    { key: "who", disabled: true, label: `${user.name} · ${words.shell.roles[user.role]}` },
    { type: "divider" as const },
    { key: "out", icon: <LogoutOutlined aria-hidden />, label: words.shell.logOut, onClick: () => void leave() },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <Button type="text" icon={<UserOutlined aria-hidden />} aria-label={words.shell.account(user.name)} />
    </Dropdown>
  );
}
