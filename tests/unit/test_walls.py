"""The walls import-linter cannot state: what a package may import at all, and that linli reads no clock."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}

ALLOWED = {
    "linli": {"msgspec", "linli"},
    "models": {"numpy", "onnxruntime", "PIL", "msgspec", "linli", "models"},
    "edge": {"msgspec", "paho", "numpy", "onnxruntime", "PIL", "linli", "models", "edge"},
}

# Commands for the people who make the model: they stand beside it and print and plot; no bin imports them.
TOOLS = {
    "models/measuring/terminal.py": {"rich"},
    "models/measuring/plots.py": {"matplotlib"},
}


def sources(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "training" not in path.parts]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_only_what_it_may(package: str) -> None:
    allowed = ALLOWED[package] | sys.stdlib_module_names
    strangers = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(package)
        for name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] not in allowed | TOOLS.get(str(path.relative_to(ROOT)), set())
    ]
    assert strangers == []


def test_the_classifier_brings_no_tool_along() -> None:
    tools = {name.removesuffix(".py").replace("/", ".") for name in TOOLS}
    code = f"import sys, models.classifier; print(*({tools!r} | {{'rich', 'matplotlib'}}) & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    assert found.stdout.split() == []


def test_linli_reads_no_clock_and_opens_no_file() -> None:
    found = []
    for path in sources("linli"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            of_module = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)
            if of_module and called.value.id in {"time", "datetime", "date"} and called.attr in CLOCKS:  # type: ignore[attr-defined]
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} reads the clock")
            if isinstance(called, ast.Name) and called.id == "open":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} opens a file")
    assert found == []
