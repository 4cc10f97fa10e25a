#!/usr/bin/env python3
"""Golden cases, computed by PyTorch in float64. Needs: pip install torch==2.13.0 numpy safetensors

  generate.py check DIR            recomputes every answer in DIR from its inputs and compares
  generate.py cases CASES.json DIR writes DIR/ops.json and DIR/ops.safetensors for new cases
  generate.py trace DIR            writes DIR/dcgan_trace.safetensors, ten steps of training small networks
  generate.py trace DIR LOSS       writes DIR/LOSS_trace.safetensors, five steps of smaller ones (names: LOSSES below)
  generate.py trace DIR LOSS NORM  writes DIR/LOSS_NORM_trace.safetensors, the same with another norm

CASES.json: [{"name", "op", "options", "inputs": {name: shape}, "constants": {name: shape}, "second_order": bool}].
In place of a shape there may be {"values": [...]}, nested lists of numbers, NaN, Infinity and -Infinity, and "v": [...]
beside "inputs" for the cotangent. Values are normal numbers; inputs of log and sqrt, the divisor of div and running_var are moved to [0.5, 2); class numbers are
drawn for cross_entropy's target. README.md says what the files hold.
"""
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch.nn.utils import parametrizations

torch.set_default_dtype(torch.float64)
POSITIVE = {("log", "input"), ("sqrt", "input"), ("div", "b"), ("batch_norm", "running_var")}


def softplus(x):
    return -F.logsigmoid(-x)


def bce_with_logits(x, target, reduction="mean"):
    return F.binary_cross_entropy_with_logits(x, target, reduction=reduction)


def batch_norm(t, o):
    copies = [t[k].clone() if k in t else None for k in ("running_mean", "running_var")]
    return F.batch_norm(t["input"], *copies, t.get("weight"), t.get("bias"), o.get("training", True),
                        o.get("momentum", 0.1), o.get("eps", 1e-5))


def group_norm(t, o):
    return F.group_norm(t["input"], o["num_groups"], t.get("weight"), t.get("bias"), o.get("eps", 1e-5))


def spectral_norm(t, o):
    """The parametrization itself: n_power_iterations of training mode, with none of them evaluation mode."""
    count, weight = o.get("n_power_iterations", 0), t["weight"]
    module = parametrizations._SpectralNorm(weight.detach(), max(count, 1), eps=o.get("eps", 1e-12)).train(count > 0)
    module._u, module._v = t["u"].clone(), t["v"].flatten().clone()
    return module(weight)


def pair(function):
    return lambda t, o: function(t["a"], t["b"])


def along(t, o):
    return torch.gather(t["input"], o["dim"], t["index"])


def single(function):
    return lambda t, o: function(t["input"])


def with_options(function):
    return lambda t, o: function(t["input"], **o)


def reduction(function):
    return lambda t, o: function(t["input"], dim=o.get("dims"), keepdim=o.get("keepdim", False))


def loss(function):
    return lambda t, o: function(t["input"], t["target"], reduction=o.get("reduction", "mean"))


OPS = {
    "add": pair(torch.add), "sub": pair(torch.sub), "mul": pair(torch.mul), "div": pair(torch.div),
    "matmul": pair(torch.matmul), "neg": single(torch.neg), "exp": single(torch.exp), "log": single(torch.log),
    "sqrt": single(torch.sqrt), "square": single(torch.square), "abs": single(torch.abs), "tanh": single(torch.tanh),
    "sigmoid": single(torch.sigmoid), "relu": single(torch.relu), "softplus": single(softplus),
    "leaky_relu": with_options(F.leaky_relu), "sum": reduction(torch.sum), "mean": reduction(torch.mean),
    "amax": lambda t, o: torch.amax(t["input"], o.get("dims", []), o.get("keepdim", False)),
    "norm": lambda t, o: torch.linalg.vector_norm(t["input"], 2, o.get("dims"), o.get("keepdim", False)),
    "gather": along,
    "softmax": with_options(torch.softmax), "log_softmax": with_options(torch.log_softmax),
    "reshape": with_options(torch.reshape), "permute": with_options(torch.permute), "flip": with_options(torch.flip),
    "narrow": with_options(torch.narrow),
    "broadcast_to": lambda t, o: torch.broadcast_to(t["input"], o["shape"]),
    "pad2d": lambda t, o: F.pad(t["input"], [o.get(k, 0) for k in ("left", "right", "top", "bottom")],
                                o.get("mode", "constant")),
    "cat": lambda t, o: torch.cat([t[k] for k in sorted(t)], o.get("dim", 0)),
    "linear": lambda t, o: F.linear(t["input"], t["weight"], t.get("bias")),
    "conv2d": lambda t, o: F.conv2d(t["input"], t["weight"], t.get("bias"), **o),
    "conv_transpose2d": lambda t, o: F.conv_transpose2d(t["input"], t["weight"], t.get("bias"), **o),
    "batch_norm": batch_norm, "group_norm": group_norm, "spectral_norm": spectral_norm, "max_pool2d": with_options(F.max_pool2d), "avg_pool2d": with_options(F.avg_pool2d),
    "upsample_nearest2d": lambda t, o: F.interpolate(t["input"], scale_factor=o["scale"], mode="nearest"),
    "upsample_bilinear2d": lambda t, o: F.interpolate(t["input"], scale_factor=o["scale"], mode="bilinear"),
    "bce_with_logits": loss(bce_with_logits), "mse_loss": loss(F.mse_loss), "cross_entropy": loss(F.cross_entropy),
}


def answers(case, tensors):
    """The keys of README.md for one case; `tensors` holds in.*, const.*, v and u.* (the last two may be missing)."""
    inputs = {k: tensors["in." + k].detach().requires_grad_(True) for k in case["inputs"]}
    constants = {k: tensors["const." + k] for k in case["constants"]}
    y = OPS[case["op"]]({**inputs, **constants}, case["options"])
    v = tensors.get("v", torch.randn_like(y)).detach().requires_grad_(True)
    grads = torch.autograd.grad(y, list(inputs.values()), v, create_graph=True)
    result = {"out": y, "v": v, **{"grad." + k: g for k, g in zip(inputs, grads)}}
    if case["second_order"]:
        u = {k: tensors.get("u." + k, torch.randn_like(x)) for k, x in inputs.items()}
        s = sum((u[k] * g).sum() for k, g in zip(inputs, grads))
        wanted = [*inputs.values(), v]
        seconds = torch.autograd.grad(s, wanted, allow_unused=True) if s.requires_grad else [None] * len(wanted)
        result |= {"u." + k: x for k, x in u.items()}
        result |= {"grad2." + k: torch.zeros_like(x) if g is None else g for k, x, g in zip([*inputs, "v"], wanted, seconds)}
    return {k: x.detach().contiguous().clone() for k, x in result.items()}


def same_extremes(a, b):
    """Whether infinities and NaN are at the same places."""
    return torch.equal(torch.nan_to_num(a.where(~a.isfinite(), 0), 3, 1, 2), torch.nan_to_num(b.where(~b.isfinite(), 0), 3, 1, 2))


def check(folder):
    cases, tensors = json.loads((folder / "ops.json").read_text())["cases"], load_file(folder / "ops.safetensors")
    worst = 0.0
    for case in cases:
        prefix = case["name"] + "/"
        own = {k.removeprefix(prefix): x for k, x in tensors.items() if k.startswith(prefix)}
        for key, x in answers(case, own).items():
            error = 0.0 if same_extremes(x, own[key]) else math.inf
            finite = own[key].isfinite() & x.isfinite()
            scale = own[key][finite].abs().max().item() if finite.any() else 0.0
            error += (x - own[key])[finite].abs().max().item() / (scale or 1.0) if finite.any() else 0.0
            worst = max(worst, error)
            if error > 1e-9:
                print(f"{case['name']} {key}: differs by {error:.3g}")
    print(f"{len(cases)} cases, worst difference {worst:.2g}")
    return worst <= 1e-9


def draw(op, name, shape, inputs):
    if isinstance(shape, dict):
        integers = (op, name) in {("cross_entropy", "target"), ("gather", "index")}
        return torch.tensor(shape["values"], dtype=torch.int64 if integers else torch.float64)
    if (op, name) == ("cross_entropy", "target"):
        return torch.randint(inputs["input"][1], shape)
    return torch.rand(shape) * 1.5 + 0.5 if (op, name) in POSITIVE else torch.randn(shape)


def write_cases(definitions, folder):
    cases, tensors = [], {}
    for d in json.loads(definitions.read_text()):
        case = {"name": d["name"], "op": d["op"], "options": d.get("options", {}), "inputs": list(d["inputs"]),
                "constants": list(d.get("constants", {})), "second_order": d.get("second_order", True)}
        given = {"in." + k: draw(d["op"], k, s, d["inputs"]) for k, s in d["inputs"].items()}
        given |= {"const." + k: draw(d["op"], k, s, d["inputs"]) for k, s in d.get("constants", {}).items()}
        answers_to = {**given, "v": torch.tensor(d["v"])} if "v" in d else given
        tensors |= {f"{d['name']}/{k}": x for k, x in {**given, **answers(case, answers_to)}.items()}
        cases.append(case)
    (folder / "ops.json").write_text(json.dumps({"cases": cases}, indent=1))
    save_file(tensors, folder / "ops.safetensors")


def of_each(discriminator_on_real, discriminator_on_fake, generator):
    return lambda real, fake: (discriminator_on_real(real), discriminator_on_fake(fake)), generator


def against(target):
    return lambda x: bce_with_logits(x, torch.full_like(x, target))


def halved_pair(real, fake):
    return 2 * [softplus(fake - real).mean() / 2]


def gradient(discriminator, images):
    """Of each image's logit with respect to it, as one row per image."""
    images = images.detach().requires_grad_(True)
    return torch.autograd.grad(discriminator(images).sum(), images, create_graph=True)[0].flatten(1)


def r1(discriminator, images):
    return gradient(discriminator, images).square().sum(1).mean() / 2


def wgan_gp(discriminator, real, fake, e):
    return (gradient(discriminator, e * real + (1 - e) * fake).norm(dim=1) - 1).square().mean()


# By name: the discriminator's losses of (real, fake) logits and the generator's of (fake[, real]), the penalty of
# (discriminator, real, fake, e), its weight, and the discriminator's normalisation.
BCE = of_each(against(1.0), against(0.0), lambda fake, real: against(1.0)(fake))
LOSSES = {
    "bce_with_logits": (*BCE, None, 0, "batch"),
    "hinge": (*of_each(lambda x: F.relu(1 - x).mean(), lambda x: F.relu(1 + x).mean(), lambda fake, real: -fake.mean()),
              None, 0, "batch"),
    "least-squares": (*of_each(lambda x: F.mse_loss(x, torch.ones_like(x)) / 2, lambda x: x.square().mean() / 2,
                               lambda fake, real: F.mse_loss(fake, torch.ones_like(fake)) / 2), None, 0, "batch"),
    "wgan-gp": (*of_each(lambda x: -x.mean(), torch.mean, lambda fake, real: -fake.mean()), wgan_gp, 10, "none"),
    "r1": (*BCE, lambda d, real, fake, e: r1(d, real), 10, "group"),
    "r3gan": (halved_pair, lambda fake, real: softplus(real - fake).mean(),
              lambda d, real, fake, e: r1(d, real) + r1(d, fake), 1, "none"),
}


def networks(latent, base, norm):
    nn = torch.nn
    up = lambda i, o, k, s, p: nn.ConvTranspose2d(i, o, k, s, p, bias=False)
    down = lambda i, o, k, s, p: nn.Conv2d(i, o, k, s, p, bias=False)
    norms = {"batch": lambda c: [nn.BatchNorm2d(c)], "none": lambda c: [], "spectral": lambda c: [],
             "group": lambda c: [nn.GroupNorm(c // math.gcd(c, 16), c)]}[norm]
    generator = nn.Sequential(up(latent, 4 * base, 4, 1, 0), nn.BatchNorm2d(4 * base), nn.ReLU(),
                              up(4 * base, 2 * base, 3, 2, 1), nn.BatchNorm2d(2 * base), nn.ReLU(),
                              up(2 * base, base, 4, 2, 1), nn.BatchNorm2d(base), nn.ReLU(), up(base, 1, 4, 2, 1), nn.Tanh())
    discriminator = nn.Sequential(down(1, base, 4, 2, 1), nn.LeakyReLU(0.2), down(base, 2 * base, 4, 2, 1),
                                  *norms(2 * base), nn.LeakyReLU(0.2), down(2 * base, 4 * base, 4, 2, 1),
                                  *norms(4 * base), nn.LeakyReLU(0.2), down(4 * base, 1, 3, 1, 0))
    if norm == "spectral":
        for convolution in filter(lambda module: isinstance(module, nn.Conv2d), discriminator):
            parametrizations.spectral_norm(convolution)
    return generator, discriminator


def write_trace(path, loss, latent, base, batch, steps, other_norm=None):
    d_losses, g_loss, penalty, weight, norm = LOSSES[loss]
    norm = other_norm or norm
    generator, discriminator = networks(latent, base, norm)
    nets = {"generator": generator, "discriminator": discriminator}
    state = lambda when: {f"{when}.{n}.{k}": x.clone() for n, net in nets.items() for k, x in net.state_dict().items()}
    adam = {n: torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for n, net in nets.items()}
    out = state("initial")
    out["real"], out["z"] = torch.rand(steps, batch, 1, 28, 28) * 2 - 1, torch.randn(steps, batch, latent, 1, 1)
    if loss == "wgan-gp":
        out["e"] = torch.rand(steps, batch, 1, 1, 1)
    losses = []
    for step in range(steps):
        real, e = out["real"][step], out["e"][step] if "e" in out else None
        adam["discriminator"].zero_grad()
        real_logits = discriminator(real)
        fake = generator(out["z"][step])
        values = [*d_losses(real_logits, discriminator(fake.detach()))]
        penalties = [weight * penalty(discriminator, real, fake.detach(), e)] if penalty else []
        sum(values + penalties).backward()
        if step == 0:
            out["fake"] = fake.detach()
            out |= {"grad.discriminator." + k: p.grad.clone() for k, p in discriminator.named_parameters()}
        adam["discriminator"].step()
        adam["generator"].zero_grad()
        generator_loss = g_loss(discriminator(fake), discriminator(real) if loss == "r3gan" else None)
        generator_loss.backward()
        if step == 0:
            out |= {"grad.generator." + k: p.grad.clone() for k, p in generator.named_parameters()}
        adam["generator"].step()
        losses.append([x.item() for x in [*values, generator_loss, *penalties]])
    generator.eval()
    out |= state("final") | {"losses": torch.tensor(losses), "sample_eval": generator(out["z"][0]).detach()}
    metadata = {"latent": latent, "base_channels": base, "batch": batch, "steps": steps, "loss": loss, "norm": norm,
                "optimizer": "Adam lr 2e-4 betas .5 .999 eps 1e-8"} | ({"penalty": weight} if penalty else {})
    save_file(out, path, metadata={k: str(v) for k, v in metadata.items()})


def main(arguments):
    torch.manual_seed(1)
    match arguments:
        case ["check", folder]:
            return 0 if check(pathlib.Path(folder)) else 1
        case ["cases", definitions, folder]:
            return write_cases(pathlib.Path(definitions), pathlib.Path(folder))
        case ["trace", folder]:
            return write_trace(pathlib.Path(folder) / "dcgan_trace.safetensors", "bce_with_logits", 16, 8, 8, 10)
        case ["trace", folder, loss] if loss in LOSSES:
            return write_trace(pathlib.Path(folder) / f"{loss}_trace.safetensors", loss, 4, 4, 3, 5)
        case ["trace", folder, loss, norm] if loss in LOSSES:
            return write_trace(pathlib.Path(folder) / f"{loss}_{norm}_trace.safetensors", loss, 4, 4, 3, 5, norm)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
