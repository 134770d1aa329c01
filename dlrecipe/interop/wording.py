"""What was exported, in words for a person."""

from typing import Any

FEW = 6
"""Inputs that are told one by one; the model's metadata has them all."""


def export_in_words(document: dict[str, Any]) -> str:
    """Return a few lines on each place that a run was exported to."""
    lines: list[str] = []
    if "onnx" in document:
        lines += _onnx(document["onnx"])
    if "mlflow" in document:
        done = document["mlflow"]
        lines += [f"MLflow run {done['mlflow_run_id']} in experiment {done['experiment']} at {done['uri']}"]
    if "tensorboard" in document:
        done = document["tensorboard"]
        lines += [f"{done['path']}: {done['epochs']:,} epochs. Look: tensorboard --logdir {done['logdir']}"]
    return "\n".join(lines)


def _onnx(done: dict[str, Any]) -> list[str]:
    inputs = list(done["inputs"].items())
    told = [
        f"  {name}: {each['type']}, shape (rows, {', '.join(map(str, each['shape']))}); {each['meaning']}"
        for name, each in inputs[:FEW]
    ]
    if len(inputs) > FEW:
        told.append(f"  … {len(inputs)} inputs in all")
    checked = done["checked"]
    if checked["rows"]:
        verdict = (
            f"Checked with onnxruntime on {checked['rows']:,} dev examples: labels equal, "
            f"largest difference {checked['largest_difference']:.1e}."
            if "label" in done["outputs"]
            else f"Checked with onnxruntime on {checked['rows']:,} dev examples: largest difference "
            f"{checked['largest_difference']:.1e} standard deviations of the target."
        )
    else:
        verdict = f"Not checked: {checked['reason']}."
    return [
        f"{done['path']}: {done['size_bytes']:,} bytes",
        "inputs",
        *told,
        f"outputs: {', '.join(done['outputs'].values())}",
        verdict,
    ]
