"""The networks that onnx_side exports, computed by onnxruntime: onnx_test.py BIN_FOLDER"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file


def difference(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    assert a.dtype == b.dtype, (a.dtype, b.dtype)
    return float(numpy.abs(a - b).max() / max(numpy.abs(b).max(), 1e-30))


def main(binaries):
    worst, operators = 0.0, set()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([binaries / "onnx_side", folder], check=True)
        for path in sorted(pathlib.Path(folder).glob("*.onnx")):
            model = onnx.load(path)
            onnx.checker.check_model(model, full_check=True)
            operators |= {node.op_type for node in model.graph.node}
            tensors = load_file(path.with_suffix(".safetensors"))
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            inputs = {given.name: tensors[f"in.{i}"] for i, given in enumerate(session.get_inputs())}
            free = [given.shape[0] for given in session.get_inputs()]
            assert all(extent == "N" for extent in free), f"{path.stem}: the batch is fixed: {free}"
            for i, output in enumerate(session.run(None, inputs)):
                error = difference(output, tensors[f"out.{i}"])
                worst = max(worst, error)
                assert error < 1e-5, f"{path.stem}: output {i} differs by {error:.2g}"
    print(f"onnxruntime: worst difference {worst:.2g}, operators {' '.join(sorted(operators))}")


main(pathlib.Path(sys.argv[1]))
