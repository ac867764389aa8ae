// The demonstration's sign-ins: playwright.config.ts starts the server with them.

/** The password of every demonstration person. */
export const PASSWORD = "correct horse battery";

/** The second factor of those whose role demands one, base32. */
export const TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
