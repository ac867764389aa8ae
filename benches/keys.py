"""What the server derives from its secret, derived once more: passwords of the logins, and signed contexts for pgbench."""

import base64
import hashlib
import hmac
import time

CONTEXT_SECONDS = 24 * 60 * 60


def derive(master: bytes, purpose: str) -> bytes:
    """HKDF-SHA-256 of 32 bytes, as server/src/kernel/crypto/keys.rs has it."""
    extracted = hmac.digest(b"kipimo v1", master, "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def login_password(master: bytes, login: str) -> str:
    """The password of a database login of the private cluster."""
    return derive(master, f"database login {login}").hex()


def context(master: bytes, tenant: str, actor: str, kind: str = "user", session: str = "session") -> str:
    """The setting by which the doors say who acts: a session of `actor` in `tenant`, believed for a day."""
    request = "00000000-0000-7000-8000-000000000000"
    body = f"{tenant}|{actor}|{kind}|{session}||{request}||{int(time.time()) + CONTEXT_SECONDS}"
    mac = hmac.digest(derive(master, "database context"), body.encode(), hashlib.sha256)
    return f"{body}|{mac.hex()}"


def code(secret: str) -> str:
    """The second factor of this moment (RFC 6238: 30 seconds, six digits, SHA-1)."""
    step = int(time.time() // 30).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), step, "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
