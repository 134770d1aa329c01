"""A stored run as an ONNX model that takes raw rows: preprocessing, network and decoding in one graph."""
