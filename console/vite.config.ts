import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where `npm run dev` finds a running server.
const server = process.env.CARILLON_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce in its place in every page that it serves.
  html: { cspNonce: 'CARILLON_NONCE' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4096,
    // Inlined files would need data: in more places of the content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['index.html', 'playground.html'],
      onLog(level, log, handler) {
        // "use no memo" in GraphiQL's files is for a compiler that is not used here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
  },
  server: {
    proxy: {
      '/graphql': { target: server, ws: true },
      '/demo': server,
    },
  },
});
