// axe finds no violation of WCAG 2.2 AA on any page, in either language.
import { expect, test } from "@playwright/test";
import { faults, signIn } from "./help";

const PAGES = ["", "/projects", "/projects/wells", "/projects/wells/indicators/wells_repaired", "/projects/wells/entry",
  "/projects/wells/review", "/dashboard", "/projects/wells/dashboard", "/projects/wells/evidence", "/projects/wells/budget", "/projects/wells/framework", "/projects/wells/framework/import", "/projects/wells/budget/import", "/projects/wells/targets/import", "/projects/wells/learning", "/projects/wells/setup?place=KIB", "/projects/wells/tracking", "/projects/wells/tracking/explain?indicator=wells_repaired&column=2025",
  "/projects/wells/export", "/projects/wells/iati", "/projects/wells/import", "/projects/wells/import/disability", "/projects/wells/reports", "/projects/wells/setup", "/projects/wells/bin", "/projects/camps/indicators?from=sdg_6_1_1", "/library", "/jobs", "/audit", "/audit?action=value.", "/audit/export", "/search?q=we",
  "/admin/donor-links", "/admin/donors", "/admin/roles", "/admin/members", "/admin/tokens", "/admin/programmes"];

const PUBLIC = ["/", "/login", "/nowhere", "/d/0000000000000000", "/forgot", "/reset", "/invite", "/set-up", "/device", "/login/organisation", "/verify", `/verify?sha256=${"ab".repeat(32)}`];

for (const locale of ["en", "sw"]) {
  test(`every page, ${locale}`, async ({ page, context, baseURL }) => {
    const speak = (value: string) => context.addCookies([{ name: "lang", value, url: baseURL }]);
    const found: string[] = [];
    const look = async (paths: string[]) => {
      for (const path of paths) {
        await page.goto(path);
        expect(await page.locator("html").getAttribute("lang"), path).toBe(locale);
        expect(await page.content(), path).not.toContain("Unknown localization");
        found.push(...(await faults(page)));
      }
    };
    await speak(locale);
    await look(PUBLIC);
    await speak("en");
    await signIn(page, "pm@amani.test");
    await speak(locale);
    await look([...PAGES.map((path) => `/o/amani-wash${path}`), "/settings/account", "/settings/security", "/settings/inbox",
      "/settings/email", "/settings/confirm"]);
    expect(found).toEqual([]);
  });
}
