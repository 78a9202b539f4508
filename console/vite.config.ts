import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `patrol serve` runs while `npm run dev` serves the pages. */
const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../patrol/web/static",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy lets pictures come from our own address only
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": SERVER, "/g": SERVER } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
