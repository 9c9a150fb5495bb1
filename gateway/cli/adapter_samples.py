"""``gateway adapter check``, ``expect``: samples held against the law, and against what they are expected to become."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.adapter import SourceAdapter, bind, choose
from gateway.cli.mapping_file import read_mapping
from gateway.cli.say import existing, language, line, words, written_file
from gateway.errors import AdapterConflict
from gateway.installed import running_adapters
from gateway.jsontext import dumps, loads
from gateway.settings import environment_without_settings, read_settings
from gateway.workbench.differences import differences
from gateway.workbench.expected import expected_file, read, tree, written
from gateway.workbench.law import MOST, Finding, Trial, found
from gateway.workbench.samples import Sample, own_samples, samples
from gateway.workbench.seen import seen

# Where another process stands: what a translation must not depend on.
_ELSEWHERE = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"}
_SHOWN = 40  # differences that are shown of one sample

Command = TypeVar("Command", bound=Callable[..., Any])


_NAME = click.option(
    "--adapter", "name", default="", help="This adapter; without it the one that recognises the sample."
)
_MAPPING = click.option(
    "--mapping",
    "files",
    multiple=True,
    callback=existing,
    help="A mapping file to read by; without it the one beside the sample, called as it is.",
)


def _options(command: Command) -> Command:
    for option in (
        click.argument("paths", nargs=-1, type=click.Path(exists=True)),
        click.option(
            "--expected",
            type=click.Path(file_okay=False, path_type=Path),
            help='Where it is written what samples become; without it the folder "expected" beside them.',
        ),
        _NAME,
        _MAPPING,
    ):
        command = option(command)
    return command


@click.command()
@_options
@click.option("--all", "whole", is_flag=True, help=f"Alter every word of a sample, not {MOST} of them.")
def check(paths: tuple[str, ...], name: str, files: tuple[str, ...], expected: Path | None, whole: bool) -> None:
    """The law of an adapter, clause by clause, on samples: files, or folders of them.

    Without a path, on the samples that the running adapters ship. A JSON line for each clause and sample, the issues of
    what does not hold with rule and place; on stderr a line for each sample, and the sum.

    Exit 0 when every clause holds on every sample, 1 when not.

    Example: gateway adapter check adapters/hl7v2/samples/lab-titres.hl7
    """
    running = running_adapters(read_settings().adapters)
    chosen = list(_chosen(running, paths, name, files))
    for _, sample, _ in chosen:
        read(expected_file(sample, expected))  # what cannot be read is told before anything is tried
    elsewhere = _elsewhere(chosen, name)
    failed = 0
    for adapter, sample, _ in chosen:
        others = [one for one in running if one.name != adapter.name]
        trial = Trial(adapter, sample, others, None, sys.maxsize if whole else MOST, expected, elsewhere)
        told = [(finding, _line(finding)) for finding in found(trial)]
        for _, one in told:
            line(one)
        failed += sum(finding.verdict.word == "fail" for finding, _ in told)
        words(f"{sample.path}: {', '.join(_word(finding) for finding, _ in told)}")
    words(f"{len(chosen)} samples, {failed} failures")
    sys.exit(1 if failed else 0)


@click.command()
@_options
@click.option("--force", is_flag=True, help="Write over what stands there and differs.")
def expect(paths: tuple[str, ...], name: str, files: tuple[str, ...], expected: Path | None, force: bool) -> None:
    """Write down what samples become, to be read by a person and compared from then on.

    What stands there already and differs is shown path by path (+ came, - went, old → new) and written over only with
    --force; an adapter's version changes with it. Exit 1 when something differs and stays.

    Example: gateway adapter expect adapters/hl7v2/samples/lab-titres.hl7 --expected expected
    """
    running = running_adapters(read_settings().adapters)
    stays = False
    for adapter, sample, _ in _chosen(running, paths, name, files):
        file = expected_file(sample, expected)
        now, before = tree(adapter, seen(adapter, sample.data)), read(file)
        changed = [] if before is None else differences(before, now)
        for one in changed[:_SHOWN]:
            words(f"{sample.path.name} {one}")
        if len(changed) > _SHOWN:
            words(f"{sample.path.name} … and {len(changed) - _SHOWN} more")
        kept = bool(changed) and not force
        stays = stays or kept
        if before is None or (changed and force):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written(now), encoding="utf-8")
        state = "differs" if kept else "written" if before is None or changed else "same"
        line({"sample": str(sample.path), "expected": str(file), "state": state, "differences": len(changed)})
    sys.exit(1 if stays else 0)


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.option("--html", required=True, type=click.Path(dir_okay=False), help="The page to write.")
@_NAME
@_MAPPING
def preview(path: str, html: str, name: str, files: tuple[str, ...]) -> None:
    """A payload beside its Bundle, with lineage, issues, unplaced fields and unmapped codes: one HTML page.

    The page needs nothing else and holds the whole payload: what is true of a patient's data is true of it. In the
    language of the settings.

    Example: gateway adapter preview adapters/hl7v2/samples/lab-titres.hl7 --html lab-titres.html
    """
    from gateway.workbench.preview import page  # its templates load only for a page

    ((adapter, sample, _),) = _chosen(running_adapters(read_settings().adapters), (path,), name, files)
    written_file(html, page(adapter, sample, language()).encode())
    line({"sample": path, "html": html, "adapter": adapter.name})


Chosen = tuple[SourceAdapter, Sample, tuple[str, ...]]  # the mapping files it is bound to


def _chosen(
    running: Sequence[SourceAdapter], paths: Sequence[str], name: str, files: Sequence[str]
) -> Iterator[Chosen]:
    """Each sample with its adapter. UsageError (exit 2) for one that none recognises."""
    if name and name not in (names := [one.name for one in running]):
        raise click.BadParameter(f"not running: {name}; there are {', '.join(names)}", param_hint="--adapter")
    if not paths:
        own = ((one, sample) for one in running if name in ("", one.name) for sample in own_samples(one))
        yield from (_bound(adapter, sample, files) for adapter, sample in own)
        return
    for sample in samples(paths):
        try:
            yield _bound(choose(running, sample.payload, name), sample, files)
        except AdapterConflict as refused:
            said = "; ".join(issue.text(language()) for issue in refused.issues)
            raise click.UsageError(f"{sample.path}: {said}") from None


def _bound(adapter: SourceAdapter, sample: Sample, files: Sequence[str]) -> Chosen:
    """The adapter with the mapping files it reads this sample by."""
    beside = sample.path.with_suffix(".toml")
    used = tuple(files) or ((str(beside),) if adapter.mapped and beside.is_file() else ())
    return (bind(adapter, [read_mapping(file) for file in used]) if adapter.mapped else adapter), sample, used


def _elsewhere(chosen: Iterable[Chosen], name: str) -> dict[str, bytes]:
    """What another process, with another hash seed, time zone and locale, makes of them: Bundles by path."""
    of_files: dict[tuple[str, ...], list[str]] = {}
    for _, sample, files in chosen:
        of_files.setdefault(files, []).append(str(sample.path))
    made: dict[str, bytes] = {}
    for files, paths in of_files.items():
        options = [*(["--adapter", name] if name else []), *(word for file in files for word in ("--mapping", file))]
        command = [sys.executable, "-m", "gateway", "translate", *options, *paths]
        environment = environment_without_settings() | _ELSEWHERE
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        bundles: dict[str, list[Any]] = {path: [] for path in paths}
        for told in map(loads, done.stdout.splitlines()):
            path = told["source"] if told["source"] in bundles else told["source"].rpartition("#")[0]
            if told["bundle"] is not None:
                bundles[path].append(told["bundle"])
        made |= {path: dumps(found) for path, found in bundles.items()}
    return made


def _line(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sample": finding.sample,
        "adapter": finding.adapter,
        "clause": finding.clause,
        "verdict": finding.verdict.word,
        "tried": finding.tried,
    }
    if finding.verdict.issues:
        told["issues"] = [
            {"rule": issue.rule, "at": issue.expression, "text": issue.text(language())}
            for issue in finding.verdict.issues
        ]
    return told


def _word(finding: Finding) -> str:
    return f"{finding.clause} {finding.verdict.word}"
