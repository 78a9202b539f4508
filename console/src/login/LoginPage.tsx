import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { logIn } from "../api/calls";
import { explained } from "../app/states";
import { LanguageSwitch } from "../app/LanguageSwitch";
import { useWords } from "../words/language";
import { useBecome } from "./me";
import "./login.css";

interface Fields {
  readonly name: string;
  readonly password: string;
}

export default function LoginPage({ isAgain }: { readonly isAgain: boolean }) {
  const words = useWords();
  const become = useBecome();
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function enter({ name, password }: Fields): Promise<void> {
    setIsBusy(true);
    setError(null);
    try {
      become(await logIn(name.trim(), password));
    } catch (failure) {
      setError(failure as Error);
      setIsBusy(false);
    }
  }

  const required = [{ required: true, message: words.shell.required }];
  return (
    <main className="login">
      <div className="login-language">
        <LanguageSwitch />
      </div>
      <div className="login-card card">
        <img src="/favicon.svg" alt="" width={40} height={40} />
        <h1>{words.login.title}</h1>
        <p className="soft">{isAgain ? words.login.again : words.login.lead}</p>
        {error && <Alert type="error" showIcon title={explained(error, words.shell.unreachable)} />}
        <Form<Fields> layout="vertical" requiredMark={false} onFinish={(fields) => void enter(fields)}>
          <Form.Item name="name" label={words.login.name} rules={required}>
            <Input size="large" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
          </Form.Item>
          <Form.Item name="password" label={words.login.password} rules={required}>
            <Input.Password size="large" autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" size="large" htmlType="submit" block loading={isBusy}>
            {words.login.submit}
          </Button>
        </Form>
      </div>
    </main>
  );
}
