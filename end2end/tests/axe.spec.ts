// axe finds no violation of WCAG 2.2 AA on any page, in either language.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { signIn } from "./help";

const PAGES = ["", "/projects", "/projects/wells", "/projects/wells/indicators/wells_repaired", "/projects/wells/entry",
  "/projects/wells/review", "/projects/wells/tracking", "/projects/wells/tracking/explain?indicator=wells_repaired&column=2025",
  "/projects/wells/export", "/projects/wells/import", "/projects/wells/reports", "/projects/wells/setup", "/audit",
  "/admin/donor-links", "/admin/roles"];

for (const locale of ["en", "sw"]) {
  test(`every page, ${locale}`, async ({ page, context }) => {
    await signIn(page, "pm@amani.test");
    await context.addCookies([{ name: "lang", value: locale, url: "http://localhost:3999" }]);
    const found: string[] = [];
    for (const path of [...PAGES.map((p) => `/o/amani-wash${p}`), "/settings/account", "/nowhere", "/d/0000000000000000"]) {
      await page.goto(path);
      expect(await page.locator("html").getAttribute("lang"), path).toBe(locale);
      expect(await page.content(), path).not.toContain("Unknown localization");
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
      found.push(...violations.map((v) => `${path}: ${v.id} ${v.nodes[0]?.html}`));
    }
    expect(found).toEqual([]);
  });
}
