"""Optional packages: imported when first needed, and named with their install command when missing."""

import importlib
from types import ModuleType

from dlrecipe.errors import MissingExtra


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, or say how to install the extra that brings it.

    Args:
        module: the module to import, such as `onnx`.
        extra: the extra of this package that installs it.
        purpose: what it is needed for, to finish the sentence "… needs the package 'onnx'".
    Raises:
        MissingExtra: the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise MissingExtra(
            f"{purpose} needs the package '{error.name}'", remedy=f"pip install 'dlrecipe[{extra}]'"
        ) from error
