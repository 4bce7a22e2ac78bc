import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const server = `http://127.0.0.1:${process.env.PAWL_PORT ?? "4141"}`;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  // `pawl/client` and the schemas it needs come from their sources.
  resolve: { conditions: ["pawl-source", ...defaultClientConditions] },
  server: { proxy: { "/api": server, "/v1": server, "/health": server } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Fonts stay files: an inlined one would be loaded by everybody, whatever the text's script.
    assetsInlineLimit: 0,
  },
});
