"""Run one target under libFuzzer in this process: ``python -m fuzz.worker TARGET [flags]``.

The flags are libFuzzer's. It ends the process itself, at the first input that fails.
"""

import sys

import atheris


def main() -> None:
    """Run until a flag's limit or a failure."""
    target = sys.argv.pop(1)
    with atheris.instrument_imports(include=["characters"]):
        # Imports are instrumented, so readers must not have been imported before.
        from fuzz.targets import TARGETS  # noqa: PLC0415
        from fuzz.timing import timed  # noqa: PLC0415

    atheris.Setup(sys.argv, timed(TARGETS[target]))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
