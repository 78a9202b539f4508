export const en = {
  title: "Log in",
  lead: "Accounts are given out by your administrator.",
  name: "Name",
  password: "Password",
  submit: "Log in",
  again: "Your session has ended. Log in again; decisions not yet sent are kept in this tab.",
};

export const zh: typeof en = {
  title: "登录",
  lead: "账号由管理员开通。",
  name: "用户名",
  password: "密码",
  submit: "登录",
  again: "登录已过期，请重新登录。尚未提交的判断仍保存在本标签页中。",
};
