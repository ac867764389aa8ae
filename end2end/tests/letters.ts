// What the server sent by mail, and the links in it.
import { readdirSync, readFileSync } from "node:fs";
import { expect, type Page, type TestInfo } from "@playwright/test";
import { withScript } from "./help";
import { DATA, SITE } from "./stage";

const MAIL = `${DATA}/mail`;

/** The letters to somebody, as they lie in the folder that stands for a mail server. */
export function lettersTo(email: string): string[] {
  const letters = readdirSync(MAIL).map((name) => readFileSync(`${MAIL}/${name}`, "utf8").replace(/=\r\n/g, ""));
  return letters.filter((letter) => letter.includes(`To: ${email}`));
}

/** The link to a page of this site in the newest letter to somebody, once it is there. */
export async function linkTo(email: string, path: string): Promise<string> {
  let link = "";
  await expect(() => {
    const found = lettersTo(email).find((letter) => letter.includes(`${path}#`));
    link = found?.match(new RegExp(`${SITE}${path}#[\\w-]{43}`))?.[0] ?? "";
    expect(link).not.toBe("");
  }).toPass({ timeout: 30_000 });
  return link;
}

/** Opens a link with a secret: script fills it in, and without script it is pasted. */
export async function follow(page: Page, link: string, info: TestInfo) {
  await page.goto(withScript(info) ? link : link.split("#")[0]);
  if (withScript(info)) {
    await expect(page.getByLabel("Your link")).toBeHidden();
    expect(page.url(), "the secret leaves the address").not.toContain(link.split("#")[1]);
  } else {
    await page.getByLabel("Your link").fill(link);
  }
}
