"""Run ``offbook model``: list, show, pull, choose and locate language models."""

import shlex
import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from app.engines.auto_model import Fit, judge_fit
from app.engines.catalogue import CatalogueError, UnknownModelError, find_model, load_catalogue
from app.engines.choice import AUTO, Choice, read_choice, store_choice
from app.engines.machine import read_machine
from app.engines.model_entry import ModelEntry
from app.engines.pull import list_models, pull
from app.engines.pull_errors import PullError, PullProgress
from app.engines.reasons import LICENCE_SENTENCES, reason_sentence
from app.engines.vllm_command import vllm_commands
from app.settings import Settings

model_commands = typer.Typer(help="Language models.", no_args_is_help=True)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_FITS: dict[Fit, str] = {
    "good": "suits this machine",
    "slow": "slower than reading on this machine",
    "memory": "needs more free memory than this machine has",
    "cores": "needs more cores than this machine has",
    "disk": "needs more free disk than this machine has",
    "unknown": "not measured on this machine yet",
}
_CONFIRMED = {"gated", "non-commercial"}
"""Licence classes that are confirmed before a pull; others are only shown."""


@model_commands.command("list")
def model_list() -> None:
    """List the models of the catalogue."""
    settings = Settings()
    listed = list_models(settings.engine.models_dir, settings.engine.catalogue)
    width = max(len(each.entry.name) for each in listed)
    for each in listed:
        entry = each.entry
        facts = [
            ("here" if each.present else "not here") if entry.file else "",
            _size(entry),
            f"{entry.licence} ({entry.licence_class})",
            " ".join(entry.languages),
            _fit(settings, entry),
        ]
        _print(f"{entry.name:{width}}  {entry.title}. {entry.about}")
        _print(f"{'':{width}}  {' · '.join(filter(None, facts))}")


@model_commands.command("show")
def model_show(
    name: Annotated[
        str | None, typer.Argument(help="Without one: the model that is chosen.")
    ] = None,
) -> None:
    """Describe a model, or say which one answers and why."""
    settings = Settings()
    if name is None:
        _show_choice(settings)
        return
    entry = _find(name)
    _print(f"{entry.title}. {entry.about}")
    _print(_licence(entry), entry.licence_url)
    _print(f"Languages: {', '.join(entry.languages)}. Context: {entry.context_length:,} tokens.")
    if entry.file:
        here = "here" if entry.is_present(settings.engine.models_dir) else "not here"
        _print(f"{_size(entry)}, {here}: {entry.path(settings.engine.models_dir)}")
        _print(f"llama.cpp, in this service: {_fit(settings, entry)}.")
    for command in vllm_commands(entry):
        _print(f"vLLM: {shlex.join(command)}")


@model_commands.command("use")
def model_use(name: Annotated[str, typer.Argument(help="A name of the list, or auto.")]) -> None:
    """Choose the model that answers from the next start on; auto lets the service choose."""
    settings = Settings()
    folder = settings.engine.models_dir
    if name == AUTO:
        store_choice(folder, Choice())
        _print("The service chooses the model, and measures this machine again.")
    else:
        entry = _find(name)
        if not entry.file:
            _fail(f"{entry.title} has no file for the embedded engine; vLLM serves it.")
        if not entry.is_present(folder):
            _fail(f"{entry.title} is not here. Run `offbook model pull {name}` first.")
        choice = read_choice(folder)
        store_choice(folder, Choice(model=name, cores=choice.cores, speeds=choice.speeds))
        _print(f"{entry.title} answers from the next start on.")
    if settings.engine.model != AUTO:
        _print(f"OFFBOOK_ENGINE__MODEL={settings.engine.model} is set, and wins over this choice.")
    else:
        _print("A running service changes at once on its page /admin/models.")


@model_commands.command("path")
def model_path(name: str) -> None:
    """Print the path of a model's file, present or not."""
    entry = _find(name)
    if not entry.file:
        _fail(f"{entry.title} has no file: vLLM serves it from {entry.vllm}.")
    _print(str(entry.path(Settings().engine.models_dir)))


@model_commands.command("pull")
def model_pull(
    name: str,
    accept_licence: Annotated[
        bool, typer.Option(help="Confirm that you have read and accept the model's licence.")
    ] = False,
) -> None:
    """Download a model; resume it after an interruption, and verify it before it is used."""
    settings = Settings()
    entry = _find(name)
    if not entry.sources:
        _fail(f"{entry.title} has no file to pull: vLLM serves it from {entry.vllm}.")
    _confirm(entry, accepted=accept_licence)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(entry.title, total=entry.bytes_to_pull)

        def on_progress(now: PullProgress) -> None:
            progress.update(task, completed=now.done, total=now.total, description=now.step)

        try:
            path = pull(
                entry,
                settings.engine.models_dir,
                on_progress,
                hub_endpoint=settings.hub_endpoint,
                sha256=settings.engine.pin_of(name),
            )
        except PullError as error:
            progress.stop()
            _fail(str(error))
    _print(f"{entry.title} is at {path}")


def _show_choice(settings: Settings) -> None:
    choice = read_choice(settings.engine.models_dir)
    wanted = settings.engine.model
    if wanted != AUTO:
        _print(f"OFFBOOK_ENGINE__MODEL={wanted} decides.")
    elif choice.model != AUTO:
        _print(f"{choice.model} answers: an operator chose it.")
    elif not choice.answering:
        _print("The service chooses at its first start. Nothing has been measured yet.")
    else:
        _print(f"{choice.answering} answers: the service chose it.")
    reason = choice.reason
    if wanted == AUTO and reason is not None:
        entry = load_catalogue(settings.engine.catalogue).get(reason.model)
        _print(reason_sentence(reason, entry.title if entry else reason.model))
    for name, speed in choice.speeds.items():
        _print(
            f"{name}: reads {speed.prompt:.0f} and writes {speed.reply:.1f} tokens/s "
            f"on {choice.cores} cores."
        )


def _confirm(entry: ModelEntry, *, accepted: bool) -> None:
    """Show a licence that is not free for any use, and ask where it has to be accepted."""
    if entry.licence_class == "free":
        return
    err.print(f"{_licence(entry)} {entry.licence_url}", markup=False, soft_wrap=True)
    if accepted or entry.licence_class not in _CONFIRMED:
        return
    if not sys.stdin.isatty():
        _fail("Confirm that you accept the licence with --accept-licence.")
    if not typer.confirm("Do you accept it?", err=True):
        raise typer.Exit(1)


def _licence(entry: ModelEntry) -> str:
    return LICENCE_SENTENCES[entry.licence_class].format(licence=entry.licence)


def _size(entry: ModelEntry) -> str:
    if entry.bytes_to_pull is None:
        return "vLLM only"
    return f"{'' if entry.size else 'about '}{entry.bytes_to_pull / 1e9:.1f} GB"


def _fit(settings: Settings, entry: ModelEntry) -> str:
    if not entry.file:
        return ""
    folder = settings.engine.models_dir
    machine = read_machine(folder)
    speeds = read_choice(folder).speeds_on(machine.cores)
    catalogue = load_catalogue(settings.engine.catalogue)
    here = entry.is_present(folder)
    fit, speed = judge_fit(entry, machine, speeds, catalogue, present=here)
    pace = f", about {speed.reply:.0f} tokens/s" if speed is not None else ""
    return _FITS[fit] + pace


def _find(name: str) -> ModelEntry:
    try:
        return find_model(name, Settings().engine.catalogue)
    except (UnknownModelError, CatalogueError) as error:
        _fail(str(error))


def _print(*words: str) -> None:
    out.print(*filter(None, words), markup=False, soft_wrap=True)


def _fail(message: str) -> NoReturn:
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)
