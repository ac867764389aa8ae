// Where the server of this run listens and keeps its data: two runs at once have a stage each, KIPIMO_STAGE=0 and 1.
const stage = Number(process.env.KIPIMO_STAGE ?? 0);
const port = (of: number) => of - 20 * stage;

/** The ports of the server (for people, and its own), of the sign-in that the walks connect, and of its name server. */
export const PORTS = { site: port(3999), internal: port(3998), provider: port(3997), names: port(3996), nobody: port(3990) };
/** The address of the server, */
export const SITE = `http://localhost:${PORTS.site}`;
/** and of the provider. */
export const PROVIDER = `http://localhost:${PORTS.provider}`;
/** Where the server keeps its data; letters that it would send are in `mail` beneath it. */
export const DATA = `../target/end2end-data-${stage}`;
/** What the name server says of every name. */
export const NAMES = `../target/end2end-names-${stage}`;
/** Where Playwright keeps what it notes of failed walks. */
export const RESULTS = `test-results/${stage}`;
