"""Nothing is ever read or written that runs code when it is read."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "dlrecipe"
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "unsafe_load", "full_load", "load_all"}


def test_no_module_imports_what_unpickles_or_evaluates() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not {alias.name.partition(".")[0] for alias in node.names} & FORBIDDEN_MODULES, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in FORBIDDEN_MODULES, path
            elif isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert name not in FORBIDDEN_CALLS, f"{path}:{node.lineno}"


def test_numpy_is_never_allowed_to_unpickle() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            settings = {keyword.arg: keyword.value for keyword in node.keywords}
            allowed = settings.get("allow_pickle")
            assert allowed is None or (isinstance(allowed, ast.Constant) and allowed.value is False), path
            if ast.unparse(node.func) == "np.load":
                assert allowed is not None, f"{path}:{node.lineno}: say allow_pickle=False"
