"""A guestbook: a page that keeps in Redis what its visitors write.

Browsers get HTML, everything else (curl, gantry up) plain text. It needs REDIS_HOST and
REDIS_PASSWORD, and shows the files title and greeting of /etc/guestbook, which may change while
it runs.
"""

import html
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import redis

PORT = 8080
SHOWN = 20
KEPT = 1000
LONGEST = 200  # characters of a name or a message
LARGEST = 4096  # bytes of a form

STORE = redis.Redis(
    host=os.environ.get("REDIS_HOST", "localhost"),
    password=os.environ["REDIS_PASSWORD"],
    socket_timeout=5,
    decode_responses=True,
)

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 18px/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}
footer {{ color: #777; font-size: 80% }} input {{ font: inherit }}</style>
<h1>{title}</h1><p>{greeting}</p>
<form method="post"><input name="name" placeholder="Your name" size="12" maxlength="200" required>
<input name="message" placeholder="Your message" size="30" maxlength="200" required>
<button>Sign</button></form>
<ul>{entries}</ul><footer>{footer}</footer></html>
"""


def setting(name, otherwise):
    try:
        return Path("/etc/guestbook", name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return otherwise


def page():
    return {
        "title": setting("title", "Guestbook"),
        "greeting": setting("greeting", "Leave a line."),
        "entries": STORE.lrange("entries", 0, SHOWN - 1),
        "footer": "Visit {} · kept in Redis {} · served by pod {} at {}".format(
            STORE.incr("visits"),
            STORE.info("server")["redis_version"],
            os.environ.get("POD_NAME", "?"),
            os.environ.get("POD_IP", "?"),
        ),
    }


def as_html(shown):
    entries = "".join(f"<li>{html.escape(entry)}</li>" for entry in shown["entries"])
    words = {key: html.escape(value) for key, value in shown.items() if key != "entries"}
    return PAGE.format(entries=entries, **words)


def as_text(shown):
    entries = [f"  * {entry}" for entry in shown["entries"]] or ["  (nobody has signed yet)"]
    lines = [shown["title"], "=" * len(shown["title"]), shown["greeting"], "", *entries, ""]
    return "\n".join([*lines, shown["footer"], ""])


class Guestbook(BaseHTTPRequestHandler):
    server_version = "guestbook"
    timeout = 30

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/healthz":
            self.answer(200, "text/plain", "ok\n" if STORE.ping() else "no redis\n")
        elif path != "/":
            self.answer(404, "text/plain", "no such page\n")
        elif "text/html" in self.headers.get("Accept", ""):
            self.answer(200, "text/html", as_html(page()))
        else:
            self.answer(200, "text/plain", as_text(page()))

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self.answer(413, "text/plain", "too long\n")
            return
        form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
        name, message = (" ".join(form.get(key, [""])[0].split())[:LONGEST] for key in ("name", "message"))
        if not name or not message:
            self.answer(400, "text/plain", "send name=… and message=…\n")
            return
        STORE.lpush("entries", f"{name}: {message}")
        STORE.ltrim("entries", 0, KEPT - 1)
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except redis.RedisError as problem:
            self.answer(503, "text/plain", f"redis: {problem}\n")

    def answer(self, status, kind, text):
        body = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        if self.path != "/healthz":
            print(self.address_string(), form % values)


# The first process of a container has no other way to be ended by SIGTERM.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(f"listening on port {PORT}")
ThreadingHTTPServer(("", PORT), Guestbook).serve_forever()
