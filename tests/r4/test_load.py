"""What is read from disk to judge a first resource: nothing when imported, and then what is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gateway.r4
from gateway.jsontext import dumps
from tests.r4.samples import message

# Every file of the package's own folder that is opened, but for modules.
_OPENED = """
import sys
from pathlib import Path
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
from gateway.r4 import check_json
print(len(opened))
assert check_json(sys.stdin.buffer.read()) == []
print(*opened, sep="\\n")
"""


def test_to_judge_a_message_no_search_parameter_is_read_and_to_import_nothing_at_all() -> None:
    said = subprocess.run([sys.executable, "-c", _OPENED], input=dumps(message()), capture_output=True, check=True)
    count, *opened = said.stdout.decode().splitlines()
    here = str(Path(gateway.r4.__file__).parent)
    definitions = [Path(file).name for file in opened if file.startswith(here) and file.endswith(".json")]
    at_import = [Path(file).name for file in opened[: int(count)] if file.startswith(here) and file.endswith(".json")]
    assert at_import == []
    assert "types.json" in definitions
    assert "search_parameters.json" not in definitions
    assert len(definitions) == len(set(definitions))
