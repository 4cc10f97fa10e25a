#!/usr/bin/env python3
"""Layers as PyTorch prints and computes them, in float64. Needs: pip install torch==2.13.0 numpy safetensors

  generate.py DIR   writes DIR/layers.json and DIR/layers.safetensors

layers.json: [{"name", "printed", "structure"}], the last as in a model file (framework/wisp/exchange/model_file.h).
layers.safetensors, for each under <name>/: "state.<key>" before all; "in"; "out", the answer in training mode; "v", a
cotangent; "grad.in" and "grad.<key>"; "after.<key>", the state after that pass; "eval", the answer in evaluation mode
then.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)  # the layers below draw their first numbers


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


CONVOLUTION = ["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias"]
SPECTRAL = ["n_power_iterations", "spectral_norm_eps"]
NORM = ["eps", "affine", "bias"]
OPTIONS = {
    "Conv2d": [*CONVOLUTION, "padding_mode"], "ConvTranspose2d": [*CONVOLUTION, "output_padding"],
    "Linear": ["in_features", "out_features", "bias"], "Flatten": ["start_dim", "end_dim"],
    "BatchNorm1d": ["num_features", "momentum", "track_running_stats", *NORM],
    "BatchNorm2d": ["num_features", "momentum", "track_running_stats", *NORM],
    "GroupNorm": ["num_groups", "num_channels", *NORM], "LeakyReLU": ["negative_slope"],
    "MaxPool2d": ["kernel_size", "stride", "padding", "dilation", "ceil_mode"],
    "AvgPool2d": ["kernel_size", "stride", "padding"],
}
OPTIONS |= {"ParametrizedConv2d": OPTIONS["Conv2d"] + SPECTRAL, "ParametrizedLinear": OPTIONS["Linear"] + SPECTRAL}

CASES = {
    "relu": (nn.ReLU(), (2, 3)), "leaky_relu": (nn.LeakyReLU(0.2), (2, 3)), "tanh": (nn.Tanh(), (2, 3)),
    "sigmoid": (nn.Sigmoid(), (4,)),
    "linear": (nn.Linear(3, 2), (4, 3)), "linear_without_bias": (nn.Linear(3, 2, bias=False), (2, 4, 3)),
    "flatten": (nn.Flatten(), (2, 3, 4, 5)), "flatten_some": (nn.Flatten(0, 1), (2, 3, 4)),
    "conv2d": (nn.Conv2d(2, 3, (3, 2)), (2, 2, 5, 4)),
    "conv2d_options": (nn.Conv2d(4, 6, 3, (2, 1), (1, 2), (1, 2), 2, False), (2, 4, 7, 6)),
    "conv2d_same": (nn.Conv2d(2, 2, (4, 3), padding="same", padding_mode="circular"), (1, 2, 5, 6)),
    "conv2d_reflect": (nn.Conv2d(1, 2, 3, 2, 1, padding_mode="reflect"), (2, 1, 6, 5)),
    "conv2d_replicate": (nn.Conv2d(1, 2, (3, 5), 1, (1, 2), padding_mode="replicate"), (2, 1, 4, 6)),
    "conv_transpose2d": (nn.ConvTranspose2d(3, 2, (2, 3)), (2, 3, 4, 3)),
    "conv_transpose2d_options": (nn.ConvTranspose2d(4, 2, 3, (2, 3), (1, 0), (1, 2), 2, False, (2, 1)), (2, 4, 3, 4)),
    "batch_norm1d": (nn.BatchNorm1d(3), (5, 3)), "batch_norm1d_long": (nn.BatchNorm1d(3, 1e-3, None), (4, 3, 5)),
    "batch_norm2d": (nn.BatchNorm2d(3), (4, 3, 2, 5)),
    "batch_norm2d_plain": (nn.BatchNorm2d(2, momentum=0.3, affine=False), (3, 2, 4, 3)),
    "batch_norm2d_untracked": (nn.BatchNorm2d(2, track_running_stats=False), (3, 2, 4, 3)),
    "batch_norm2d_without_bias": (nn.BatchNorm2d(2, bias=False), (3, 2, 4, 3)),
    "group_norm": (nn.GroupNorm(2, 4), (3, 4, 2, 5)), "group_norm_plain": (nn.GroupNorm(1, 3, 1e-2, False), (3, 3)),
    "group_norm_without_bias": (nn.GroupNorm(3, 3, bias=False), (2, 3, 4)),
    "max_pool2d": (nn.MaxPool2d(2), (2, 3, 5, 4)),
    "max_pool2d_options": (nn.MaxPool2d((3, 2), (1, 2), (1, 0), (2, 1), ceil_mode=True), (2, 2, 7, 5)),
    "sequential": (nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.LeakyReLU(0.1),
                                 nn.Sequential(nn.Flatten(), nn.Linear(18, 3)), nn.Sequential()), (4, 1, 5, 5)),
    "residual": (Residual(nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU()), (2, 2, 4, 3)),
    "spectral_conv2d": (spectral_norm(nn.Conv2d(2, 3, 3, 2, 1, bias=False)), (2, 2, 5, 6)),
    "spectral_linear": (spectral_norm(nn.Linear(5, 3), n_power_iterations=3, eps=1e-6), (4, 5)),
    "avg_pool2d": (nn.AvgPool2d(2), (2, 3, 5, 4)),
    "avg_pool2d_options": (nn.AvgPool2d((3, 2), (1, 2), (1, 0)), (2, 2, 7, 5)),
}


def option(module, name):
    """The argument that the module was made with."""
    if name in SPECTRAL:
        return getattr(module.parametrizations.weight[0], name.removeprefix("spectral_norm_"))
    if name == "bias":
        return module.bias is not None
    value = getattr(module, name)
    return list(value) if isinstance(value, tuple) else value


def structure(module):
    kind = type(module).__name__
    result = {"type": kind}
    if kind in OPTIONS:
        result["options"] = {name: option(module, name) for name in OPTIONS[kind]}
    children = [{"name": name, **structure(child)} for name, child in module.named_children()]
    return result | ({"children": children} if children else {})


def answers(module, shape):
    for parameter in module.parameters():
        parameter.data = torch.randn_like(parameter)
    state = lambda when: {f"{when}.{k}": v.clone() for k, v in module.state_dict().items()}
    result = state("state")
    x = torch.randn(shape, requires_grad=True)
    y = module(x)
    v = torch.randn_like(y)
    named = dict(module.named_parameters())
    gradients = torch.autograd.grad(y, [x, *named.values()], v)
    result |= {"in": x, "out": y, "v": v} | {"grad." + k: g for k, g in zip(["in", *named], gradients)} | state("after")
    result["eval"] = module.eval()(x)
    return {k: t.detach().contiguous().clone() for k, t in result.items()}


def main(folder):
    torch.manual_seed(1)
    cases, tensors = [], {}
    for name, (module, shape) in CASES.items():
        cases.append({"name": name, "printed": repr(module), "structure": structure(module)})
        tensors |= {f"{name}/{k}": t for k, t in answers(module, shape).items()}
    (folder / "layers.json").write_text(json.dumps(cases, indent=1) + "\n")
    save_file(tensors, folder / "layers.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
