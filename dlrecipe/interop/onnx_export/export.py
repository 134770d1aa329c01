"""From a stored run to an ONNX file that has been compared with the run on its own dev examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe.config.schema import Config
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.errors import InputError
from dlrecipe.experiment.assembly import build_network, prepare_data
from dlrecipe.experiment.evaluation import load_weights
from dlrecipe.experiment.reading import read_config, read_fitted
from dlrecipe.interop.onnx_export.model import OnnxModel, build_model, largest_difference
from dlrecipe.nn.network import Network
from dlrecipe.store.output_files import require_free, write_output
from dlrecipe.store.run_directory import RunDirectory

COMPARED_ROWS = 256
"""Dev examples that a model is run on before it is written."""


def export_onnx(run: RunDirectory, path: Path, *, force: bool = False) -> dict[str, Any]:
    """Write a run's kept network, with its preprocessing, as an ONNX model that takes raw rows.

    The model is first run on dev examples with onnxruntime; it is written if it gives what the run gives.
    Where the run's data are gone, it is written without, which the result says.

    Args:
        force: replace a file that is there.
    Returns:
        What was written: `path`, `size_bytes`, `inputs`, `outputs`, and `checked` with the number of rows and
        the largest difference, or with the reason why it could not be.
    Raises:
        InputError: the file exists, cannot be written, or the run has kept no weights or has hashed columns.
        MissingExtra: onnx or onnxruntime is not installed.
        ExportMismatch: the model does not give what the run gives.
    """
    require_free(path, force=force)
    config, fitted = read_config(run), read_fitted(run)
    network = build_network(config, fitted, np.dtype(config.training.precision))
    load_weights(run, network)
    model = build_model(fitted, network, name=run.id)
    checked = _checked(model, config, fitted, network)
    write_output(path, model.data)
    return {
        "path": str(path),
        "size_bytes": len(model.data),
        "inputs": model.inputs,
        "outputs": model.outputs,
        "checked": checked,
    }


def _checked(model: OnnxModel, config: Config, fitted: Fitted, network: Network) -> dict[str, Any]:
    sample = _Sample()
    try:
        prepare_data(config, network.dtype, fitted, sample.look)
    except InputError as error:
        return {"rows": 0, "reason": f"the run's data cannot be read: {str(error).splitlines()[0]}"}
    assert sample.examples is not None
    with np.errstate(all="ignore"):
        difference = largest_difference(model, fitted, sample.examples, network.outputs(sample.X))
    return {"rows": len(sample.X), "largest_difference": difference}


@dataclass
class _Sample:
    """Takes a few dev examples, raw and prepared, while they pass."""

    examples: Examples | None = None
    X: Any = None

    def look(self, raw: Mapping[str, Examples], ready: Mapping[str, Split], fitted: Fitted) -> None:
        rows = np.arange(min(COMPARED_ROWS, ready["dev"].n_examples))
        self.examples, self.X = raw["dev"].take(rows), ready["dev"].X[rows]
