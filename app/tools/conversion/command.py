"""Convert a checkpoint at a terminal: ``offbook convert-index``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from app.tools.conversion.converter import DType, convert_index
from app.tools.conversion.errors import ConversionError

_COLUMNS = (
    BarColumn(),
    DownloadColumn(),
    TransferSpeedColumn(),
    TextColumn("{task.description}"),
)


def convert_index_command(
    src: Annotated[Path, typer.Argument(help="The Hugging Face checkpoint's folder.")],
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not exist yet.")],
    dtype: Annotated[DType, typer.Option(help="auto keeps the checkpoint's own format.")] = "auto",
) -> None:
    """Make a plain Llama checkpoint of an Index-1.9B one, for vLLM and others."""
    console = Console(stderr=True, highlight=False)
    try:
        with Progress(*_COLUMNS, console=console) as progress:
            task = progress.add_task("reading the checkpoint", total=None)

            def on_progress(done: int, total: int, step: str) -> None:
                progress.update(task, completed=done, total=total, description=step)

            convert_index(src, out, dtype, on_progress)
    except ConversionError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    Console(highlight=False).print(f"The model is at {out}", markup=False, soft_wrap=True)
