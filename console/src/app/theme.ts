/** The colours of theme.css, for the component library; light or dark as the system asks. */

import { type ThemeConfig, theme } from "antd";
import { useSyncExternalStore } from "react";

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Hiragino Sans GB", ' +
  '"Microsoft YaHei", "Noto Sans", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif';
const SHARED = { fontFamily: FONT, fontSize: 15, borderRadius: 8, controlHeight: 36, wireframe: false };

const LIGHT: ThemeConfig = {
  token: {
    ...SHARED,
    colorPrimary: "#2456c7",
    colorSuccess: "#17734a",
    colorWarning: "#8a5a00",
    colorError: "#b3261e",
    colorTextBase: "#17202c",
    colorTextPlaceholder: "#6b7686",
    colorTextDescription: "#566173",
    colorSuccessBg: "#e4f3ea",
    colorSuccessBorder: "#b7dcc6",
    colorWarningBg: "#fbf0d9",
    colorWarningBorder: "#ecd29b",
    colorErrorBg: "#fce9e7",
    colorErrorBorder: "#f2bfba",
    colorBgLayout: "#f4f5f7",
    colorBorder: "#c9d0da",
    colorBorderSecondary: "#dfe3e9",
  },
};

const DARK: ThemeConfig = {
  algorithm: theme.darkAlgorithm,
  token: {
    ...SHARED,
    colorPrimary: "#6f98f5",
    colorSuccess: "#4fbd86",
    colorWarning: "#e8b552",
    colorError: "#f0776d",
    colorBgBase: "#12171d",
    colorBgContainer: "#181e26",
    colorBgElevated: "#1d242d",
    colorBgLayout: "#0f1318",
    colorTextBase: "#e6ebf1",
    colorTextPlaceholder: "#8593a5",
    colorTextDescription: "#9aa7b8",
    colorSuccessBg: "#15301f",
    colorSuccessBorder: "#275c3c",
    colorWarningBg: "#362a10",
    colorWarningBorder: "#63501f",
    colorErrorBg: "#3b1a18",
    colorErrorBorder: "#6b302c",
    colorBorder: "#3a4552",
    colorBorderSecondary: "#2b343f",
  },
};

const isDark = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  isDark.addEventListener("change", listener);
  return () => isDark.removeEventListener("change", listener);
}

export function useTheme(): ThemeConfig {
  return useSyncExternalStore(subscribe, () => isDark.matches) ? DARK : LIGHT;
}
