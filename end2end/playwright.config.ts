// Every walk runs with and without JavaScript, in Debian's Chromium, against a server of its own.
// Playwright stays at 1.61: later ones need Node.js 20, and Debian 12 has 18.
import { defineConfig } from "@playwright/test";
import { PASSWORD, TOTP_SECRET } from "./tests/demo";
import { DATA, NAMES, PORTS, PROVIDER, RESULTS, SITE } from "./tests/stage";

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
};

export default defineConfig({
  testDir: "tests",
  outputDir: RESULTS,
  workers: 1,
  timeout: 120_000,
  reporter: [["list"]],
  use: { baseURL: SITE, launchOptions, actionTimeout: 15_000, trace: "off", locale: "en-GB",
    // this version takes a page for covered while it fades in, and would never click
    contextOptions: { reducedMotion: "reduce" } },
  projects: [
    { name: "script", use: { javaScriptEnabled: true } },
    { name: "no-script", use: { javaScriptEnabled: false, viewport: { width: 360, height: 800 } }, testMatch: /walk|sessions|account|provider|week|framework|disaggregation|evidence|budget|washington|learning|templates|quarter|jobs|register|links|report|verify|portal/ },
  ],
  webServer: [{
    command: "exec node provider.mjs",
    url: `${PROVIDER}/.well-known/openid-configuration`,
    timeout: 30_000,
    env: { SITE, PROVIDER, PROVIDER_PORT: String(PORTS.provider), NAMES, NAMES_PORT: String(PORTS.names) },
  }, {
    command: `rm -rf ${DATA} && exec ../target/debug/kipimo serve --demo`,
    url: `${SITE}/healthz`,
    timeout: 120_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    env: {
      KIPIMO_LISTEN: `127.0.0.1:${PORTS.site}`,
      KIPIMO_INTERNAL_LISTEN: `127.0.0.1:${PORTS.internal}`,
      KIPIMO_PUBLIC_URL: SITE,
      KIPIMO_DATA_DIR: DATA,
      KIPIMO_SITE_DIR: "../target/site",
      KIPIMO_IATI_SCHEMAS: "../target/iati",
      KIPIMO_DEMO_PASSWORD: PASSWORD,
      KIPIMO_DEMO_TOTP_SECRET: TOTP_SECRET,
      KIPIMO_NAME_SERVER: `127.0.0.1:${PORTS.names}`,
    },
  }],
});
