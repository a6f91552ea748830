"""End commands with a sentence and exit code 1 on errors that an operator can fix.

Any other error is a bug and shows its traceback.
"""

from typing import Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from typer.core import TyperGroup

from app.blobs.errors import BlobSetupError
from app.db.problems import DatabaseProblemError, explain
from app.engines.catalogue import CatalogueError
from app.moderation.pattern_file import PatternFileError
from app.settings import Settings


class Commands(TyperGroup):
    """Run commands, and print the errors that an operator can fix as sentences."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; exit with code 1 after an error that an operator can fix."""
        try:
            return super().invoke(ctx)
        except (DatabaseProblemError, BlobSetupError) as error:
            sentence = str(error)
        except DBAPIError as error:
            explained = explain(error, make_url(Settings().database_url))
            if explained is None:
                raise
            sentence = explained
        except ArgumentError:
            sentence = "OFFBOOK_DATABASE__URL is no address. Use postgresql://… or sqlite:///…"
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            sentence = _of_settings(error)
        except CatalogueError as error:
            sentence = f"The model catalogue cannot be used. {error}"
        except PatternFileError as error:
            sentence = f"OFFBOOK_MODERATION__PATTERNS: {error}"
        except SettingsError as error:
            sentence = f"A setting cannot be read: {error}."
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            sentence = f"{error.filename} cannot be used: {error.strerror}."
        console = Console(stderr=True, highlight=False)
        console.print(sentence, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _of_settings(error: ValidationError) -> str:
    """Return a line for each wrong setting, without its value: it may be a secret."""
    lines = [
        f"OFFBOOK_{'__'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}."
        for problem in error.errors(include_input=False, include_url=False)
    ]
    return "\n".join(["Some settings cannot be used.", *lines])
