// An OpenID Connect provider as organisations have one (the certified `oidc-provider`, with its own pages for development, which take
// any name and password), and the name server of their domains: it says what stands in a file.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

// as playwright.config.ts says: where the site is, and where this one answers
const { SITE, PROVIDER, PROVIDER_PORT, NAMES, NAMES_PORT } = process.env;

const client = (client_id) => ({
  client_id, client_secret: "a secret of the provider", grant_types: ["authorization_code"], response_types: ["code"],
  redirect_uris: [`${SITE}/login/organisation/any/back`],
});

const provider = new Provider(PROVIDER, {
  clients: [client("kipimo-script"), client("kipimo-no-script")],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  pkce: { required: () => true },
  cookies: { keys: ["a key for tests"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: sub, email_verified: true, name: "Zawadi Moyo", groups: ["everybody", "meal"] }),
  }),
});
// an organisation's way back has its id, which is another one in each run
provider.Client.prototype.redirectUriAllowed = (uri) => uri.startsWith(SITE) && /^\/login\/organisation\/[0-9a-f-]{36}\/back$/.test(uri.slice(SITE.length));
provider.listen(Number(PROVIDER_PORT), "127.0.0.1");

const names = createSocket("udp4");
names.on("message", (question, from) => {
  let end = 12;
  while (question[end] !== 0) end += 1 + question[end];
  const text = Buffer.from(readFileSync(new URL(NAMES, import.meta.url)));
  // RFC 1035, section 4: the question again, and one TXT record that names it by a pointer
  const head = Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, text.length + 1, text.length]);
  names.send(Buffer.concat([question.subarray(0, 2), head, question.subarray(12, end + 5), record, text]), from.port, from.address);
});
names.bind(Number(NAMES_PORT), "127.0.0.1");
