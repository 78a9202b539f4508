/** One icon a state of a delivery and a kind of answer, always beside its word. */

import {
  CheckOutlined,
  ClockCircleOutlined,
  CloseOutlined,
  EyeOutlined,
  LoadingOutlined,
  MessageOutlined,
  QuestionOutlined,
  RollbackOutlined,
  SendOutlined,
  StopOutlined,
  UserSwitchOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { DeliveryState, ReplyKind } from "../api/types";

export const DELIVERY_ICONS: Readonly<Record<DeliveryState, ReactNode>> = {
  queued: <ClockCircleOutlined />,
  sending: <LoadingOutlined />,
  sent: <CheckOutlined />,
  unknown: <QuestionOutlined />,
  failed: <CloseOutlined />,
  expired: <StopOutlined />,
  withdrawn: <RollbackOutlined />,
};

export const REPLY_ICONS: Readonly<Record<ReplyKind, ReactNode>> = {
  seen: <CheckOutlined />,
  on_my_way: <SendOutlined />,
  sighted: <EyeOutlined />,
  not_him: <UserSwitchOutlined />,
  other: <MessageOutlined />,
};
