import { Form, Input, Radio, Select, Switch } from "antd";
import { changeAccount, createAccount } from "../api/calls";
import type { Account, AccountDraft, Role } from "../api/types";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { useWords } from "../words/language";

interface Props {
  /** The user to change; null makes a new one. */
  readonly user: Account | null;
  readonly close: () => void;
}

const ROLES: readonly Role[] = ["viewer", "reviewer", "admin"];
const NEW = { role: "reviewer", sees_all_sites: true, sites: [], language: "zh" } as const;

export function UserDialog({ user, close }: Props) {
  const words = useWords();
  const said = words.users;
  const required = useRequired();
  const sites = useSites();
  const send = ({ name, password, ...rest }: AccountDraft): Promise<Account> =>
    user
      ? changeAccount(user.id, password ? { ...rest, password } : rest)
      : createAccount({ name, password, ...rest });
  const { save, isBusy } = useSave(send, ["users"]);
  return (
    <FormDialog<AccountDraft>
      title={user ? `${said.change}: ${user.name}` : said.create}
      initial={user ?? NEW}
      isBusy={isBusy}
      submit={async (draft) => (await save(draft)) !== null}
      close={close}
    >
      {!user && (
        <Form.Item name="name" label={said.name} rules={required}>
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item
        name="password"
        label={user ? said.newPassword : said.password}
        extra={user ? said.passwordHint : undefined}
        rules={user ? [] : required}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="role" label={said.role} rules={required}>
        <Select
          options={ROLES.map((value) => ({ value, label: `${words.shell.roles[value]}: ${said.roleHints[value]}` }))}
        />
      </Form.Item>
      <Form.Item name="sees_all_sites" label={said.allSites} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Form.Item noStyle dependencies={["sees_all_sites"]}>
        {({ getFieldValue }) =>
          getFieldValue("sees_all_sites") !== true && (
            <Form.Item name="sites" label={said.sites} extra={said.sitesHint}>
              <Select mode="tags" options={sites.map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))} />
            </Form.Item>
          )
        }
      </Form.Item>
      <Form.Item name="language" label={said.language}>
        <Radio.Group
          optionType="button"
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
    </FormDialog>
  );
}
