/** One icon a state of a delivery and a kind of answer, always beside its word. */

import {
  CheckOutlined,
  ClockCircleOutlined,
  CloseOutlined,
  ExclamationOutlined,
  EyeOutlined,
  LoadingOutlined,
  LogoutOutlined,
  MessageOutlined,
  MinusOutlined,
  QuestionOutlined,
  RollbackOutlined,
  SafetyOutlined,
  SendOutlined,
  StopOutlined,
  UserSwitchOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { DeliveryState, ReplyKind } from "../api/types";

export const DELIVERY_ICONS: Readonly<Record<DeliveryState, ReactNode>> = {
  queued: <ClockCircleOutlined aria-hidden />,
  sending: <LoadingOutlined aria-hidden />,
  sent: <CheckOutlined aria-hidden />,
  unknown: <QuestionOutlined aria-hidden />,
  failed: <CloseOutlined aria-hidden />,
  expired: <StopOutlined aria-hidden />,
  withdrawn: <RollbackOutlined aria-hidden />,
};

export const REPLY_ICONS: Readonly<Record<ReplyKind, ReactNode>> = {
  seen: <CheckOutlined aria-hidden />,
  on_my_way: <SendOutlined aria-hidden />,
  sighted: <EyeOutlined aria-hidden />,
  not_him: <UserSwitchOutlined aria-hidden />,
  cannot_go: <MinusOutlined aria-hidden />,
  need_help: <ExclamationOutlined aria-hidden />,
  stopped: <SafetyOutlined aria-hidden />,
  gone: <LogoutOutlined aria-hidden />,
  other: <MessageOutlined aria-hidden />,
};
