"""A browser without script: keeps cookies, posts forms, does not follow. Counts bytes as they travel."""

import http.client
import json
import re
import secrets
import time
import urllib.parse
from typing import NamedTuple

import keys


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One person at one server."""

    def __init__(self, url: str):
        self.url = urllib.parse.urlsplit(url)
        self.cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        """The Cookie header, for loads that are not this browser's."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own; underscores in header names stand for hyphens."""
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=180)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = self.cookie
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            for line in response.headers.get_all("set-cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, encoding: str = "identity") -> Answer:
        """A page, in an encoding."""
        return self.send("GET", path, Accept_Encoding=encoding)

    def post(self, path: str, **fields: str) -> Answer:
        """A form."""
        body = urllib.parse.urlencode(fields).encode()
        return self.send("POST", path, body, Content_Type="application/x-www-form-urlencoded", Sec_Fetch_Site="same-origin")

    def sign_in(self, email: str, password: str, totp: str | None = None) -> "Browser":
        """Signs in, with a code where one is asked for. A refusal leads back with a flash: then there is no cookie."""
        answer = self.post("/fn/sessions/open", email=email, password=password)
        if totp and "/login/code" in answer.headers.get("location", ""):
            answer = self.post("/fn/sessions/confirm", code=keys.code(totp))
        if answer.status != 303 or "flash=" in answer.headers.get("location", "flash="):
            self.cookies = {}
        return self

    def upload(self, path: str, token: str, filename: str, content: bytes, mapping: str) -> tuple[dict, float]:
        """An import by the API: its answer and the seconds it took."""
        boundary = secrets.token_hex(16)
        parts = [
            f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: text/csv\r\n\r\n'.encode() + content,
            f'Content-Disposition: form-data; name="mapping"\r\n\r\n{mapping}'.encode(),
        ]
        body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        began = time.monotonic()
        answer = Browser(self.url.geturl()).send(
            "POST", path, body, Authorization=f"Bearer {token}", Content_Type=f"multipart/form-data; boundary={boundary}"
        )
        return json.loads(answer.body), time.monotonic() - began

    def call(self, token: str, path: str, content: dict) -> dict:
        """A call of the API that makes something."""
        answer = self.send("POST", path, json.dumps(content).encode(), Authorization=f"Bearer {token}", Content_Type="application/json")
        return json.loads(answer.body)

    def weight(self, path: str) -> dict[str, int]:
        """Bytes by kind that a cold browser that takes brotli fetches for a page, images apart."""
        page = self.get(path, "br")
        plain = self.get(path).body.decode()
        names = set(re.findall(r'href="(/[^"]+\.css)"', plain)) | set(re.findall(r"/pkg/[\w.-]+\.(?:js|wasm)", plain))
        bytes_of = {"html": len(page.body), "css": 0, "js": 0, "wasm": 0}
        for name in sorted(names):
            bytes_of[name.rpartition(".")[2]] += len(self.get(name, "br").body)
        return bytes_of | {"all": sum(bytes_of.values())}
