"""A signed token, verified by another library from the published keys: PyJWT, as a program of a partner would use it."""

import json
import sys
import urllib.request

import jwt

SITE, TOKEN = sys.argv[1], sys.argv[2]


def call(path: str, body: dict | None = None, bearer: str = "") -> dict:
    """Calls the site; the answer as JSON."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(SITE + path, data, headers), timeout=20) as answer:
        return json.load(answer)


def main() -> None:
    """Exchanges the API token, verifies what came, and refuses what was altered."""
    given = call("/api/v1/token", {"token": TOKEN})
    signed = given["access_token"]
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 86_400), given
    header = jwt.get_unverified_header(signed)
    assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt"), header
    key = jwt.PyJWKClient(f"{SITE}/.well-known/jwks.json").get_signing_key_from_jwt(signed).key
    rules = {"algorithms": ["EdDSA"], "audience": "kipimo-api", "issuer": SITE, "options": {"require": ["exp", "nbf", "iat", "iss", "aud", "sub"]}}
    claims = jwt.decode(signed, key, **rules)
    assert claims["exp"] - claims["iat"] == 86_400, claims
    assert claims["scope"] and claims["tid"] and claims["jti"], claims
    assert call("/api/v1/me", bearer=signed)["email"] == call("/api/v1/me", bearer=TOKEN)["email"]
    head, body, mac = signed.split(".")
    for altered in (f"{head}.{body[:-2]}AA.{mac}", f"{head}.{body}.{mac[::-1]}"):
        try:
            jwt.decode(altered, key, **rules)
        except jwt.InvalidTokenError:
            continue
        raise AssertionError(f"an altered token was taken: {altered}")
    print("signed tokens: verified by PyJWT from the published keys")


if __name__ == "__main__":
    main()
