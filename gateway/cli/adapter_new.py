"""``gateway adapter new``: a first mapping file for a form nobody has read yet, with a sample that may be kept."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.adapter import MappingText, Payload, bind, choose, propose
from gateway.cli.say import line, read_input, words
from gateway.installed import running_adapters
from gateway.settings import read_settings
from gateway.workbench.expected import expected_file, tree, written
from gateway.workbench.samples import Sample
from gateway.workbench.seen import seen

_LARGEST = 64 * 1024 * 1024  # bytes of a sample


@click.command("new")
@click.argument("name")
@click.option("--from", "path", required=True, type=click.Path(exists=True, dir_okay=False), help="A file of its form.")
@click.option("--to", "place", type=click.Path(file_okay=False, path_type=Path), help="The folder; without it, NAME.")
@click.option("--adapter", "asked", default="", help="The adapter to read it; without it the one that recognises it.")
def new(name: str, path: str, place: Path | None, asked: str) -> None:
    """Begin a mapping file from a sample: what each column is, guessed by its name and its values, each guess marked.

    Writes into the folder NAME.toml, samples/NAME.csv with nobody's data in it, and what it becomes,
    samples/expected/NAME.csv.json, the test that "gateway adapter check" holds it to from then on. A column of which
    nothing is known stands in the mapping file as "?", and the file is not read before a person has decided of it.

    Example: gateway adapter new phong-xn --from adapters/tabular/samples/xn-huyen.csv
    """
    place = place or Path(name)
    running = running_adapters(read_settings().adapters)
    payload = Payload(read_input(path, _LARGEST))
    adapter = choose(running, payload, asked)
    found = propose(adapter, payload, name)
    if found is None:
        raise click.BadParameter(f"{adapter.name} reads it without a mapping file", param_hint="--from")
    file, sample = place / f"{name}.toml", place / "samples" / f"{name}{found.suffix}"
    if already := [one for one in (file, sample) if one.exists()]:
        raise click.UsageError(f"{already[0]} is there already")
    text = MappingText.read(found.text.encode())
    sample.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(found.text, encoding="utf-8")
    sample.write_bytes(found.sample)
    expected = ""
    if not found.undecided:
        kept = Sample(sample, found.sample)
        bound = bind(adapter, [text])
        into = expected_file(kept)
        into.parent.mkdir(exist_ok=True)
        into.write_text(written(tree(bound, seen(bound, kept.data))), encoding="utf-8")
        expected = str(into)
    line({"mapping": str(file), "sample": str(sample), "expected": expected, "undecided": list(found.undecided)})
    for column in found.undecided:
        words(f'{file}: "{column}" is not decided: give it a row, or say under [unplaced] why it has no place')
    words(f"next: read {file}, line by line; gateway adapter expect --mapping {file} {sample}")
    words(f"      gateway adapter preview --mapping {file} {path} --html {name}.html")
    words(f"      gateway mapping add {file} --facility CODE")
