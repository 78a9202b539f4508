/** Written, expiring policies by which a group hands down what it receives. */

export const en = {
  button: "Forwarding",
  title: (group: string) => `What ${group} hands down by itself`,
  hint: "While a policy is in force, every hit this group receives goes on to the groups under it that are on shift.",
  none: "No policy: hits are handed down by a person's click only.",
  inForce: "In force",
  over: "Over",
  written: (by: string, ends: string) => `written by ${by}, until ${ends}`,
  revoke: "Revoke",
  revokeAsk: "Revoke this policy? What was forwarded stays.",
  text: "What is forwarded, why, on whose word",
  ends: "Until",
  write: "Write the policy",
};

export const zh: typeof en = {
  button: "自动转发",
  title: (group) => `${group} 的自动转发`,
  hint: "策略生效期间，本群收到的每条命中都会转发给当班的下级群组。",
  none: "没有策略：仅由人工点击转发。",
  inForce: "生效中",
  over: "已失效",
  written: (by, ends) => `由 ${by} 制定，有效期至 ${ends}`,
  revoke: "撤销",
  revokeAsk: "撤销该策略？已转发的消息不受影响。",
  text: "转发什么、为何转发、由谁决定",
  ends: "有效期至",
  write: "制定策略",
};
