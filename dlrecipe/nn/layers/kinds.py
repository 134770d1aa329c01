"""Every kind of layer, by its name in a config."""

from functools import partial

from dlrecipe.nn.layers import (
    activation,
    batch_norm,
    conv,
    dense,
    dropout,
    embedding,
    flatten,
    layer_norm,
    pool,
    residual,
)
from dlrecipe.nn.layers.layer import LayerKind

KINDS: dict[str, LayerKind] = {
    "dense": LayerKind(dense.place, dense.build),
    "embedding": LayerKind(embedding.place, embedding.build),
    "activation": LayerKind(activation.place, activation.build),
    "dropout": LayerKind(dropout.place, dropout.build),
    "batch_norm": LayerKind(batch_norm.place, batch_norm.build),
    "layer_norm": LayerKind(layer_norm.place, layer_norm.build),
    "conv": LayerKind(conv.place, conv.build),
    "max_pool": LayerKind(pool.place, pool.build),
    "avg_pool": LayerKind(pool.place, pool.build),
    "flatten": LayerKind(flatten.place, flatten.build),
}
# A block is made of layers, so it is handed the kinds rather than importing them from here.
KINDS["residual"] = LayerKind(partial(residual.place, KINDS), partial(residual.build, KINDS))
