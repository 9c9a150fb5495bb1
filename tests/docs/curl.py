"""As much of curl as the pages use, for a machine that has none: `make test` needs git, make and Python alone.

Where curl is installed it is used, and this is held to do the same.
"""

from __future__ import annotations

import argparse
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HTTP_ERROR, REFUSED = 22, 7  # curl's own exit codes


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    for name in ("silent", "show-error", "fail", "fail-with-body", "retry-connrefused", "get"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--retry", type=int, default=0)
    parser.add_argument("--retry-delay", type=float, default=1)
    for name in ("header", "data-binary", "data-urlencode"):
        parser.add_argument(f"--{name}", action="append", default=[])
    parser.add_argument("url")
    return parser


def _read(given: str) -> bytes:
    return Path(given[1:]).read_bytes() if given.startswith("@") else given.encode()


def _request(asked: argparse.Namespace) -> urllib.request.Request:
    pairs = [text.partition("=")[::2] for text in asked.data_urlencode]
    form = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)
    url = f"{asked.url}?{form}" if asked.get else asked.url
    data = b"".join(map(_read, asked.data_binary)) or (None if asked.get else form.encode() or None)
    made = urllib.request.Request(url, data=data)
    for text in asked.header:
        for line in _read(text).decode().splitlines():
            name, _, value = line.partition(":")
            made.add_header(name.strip(), value.strip())
    return made


def main(arguments: list[str]) -> int:
    asked = options().parse_args(arguments)
    for left in range(asked.retry, -1, -1):
        try:
            with urllib.request.urlopen(_request(asked)) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                status, body = refused.code, refused.read()
        except urllib.error.URLError as unreachable:
            if left and asked.retry_connrefused:
                time.sleep(asked.retry_delay)
                continue
            sys.stderr.write(f"curl: ({REFUSED}) {unreachable.reason}\n")
            return REFUSED
        if status < 400 or not asked.fail:
            sys.stdout.buffer.write(body)
        return HTTP_ERROR if status >= 400 and (asked.fail or asked.fail_with_body) else 0
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
