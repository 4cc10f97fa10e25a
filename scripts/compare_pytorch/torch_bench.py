"""Measures PyTorch on the networks and the training step of Wisp's DCGAN; prints one JSON object.

    torch_bench.py step|sample|first-step --image-size 28 --precision f32 --layout channels_last --threads 2 --seconds 2
"""
import argparse
import contextlib
import json
import os
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

BATCH, LATENT, WIDTH = 64, 100, 64


def generator(size, channels):
    width, now = WIDTH * (4 if size == 28 else size // 8), 4
    layers = [nn.ConvTranspose2d(LATENT, width, 4, 1, 0, bias=False)]
    while now != size:
        kernel, now = (3, 7) if (now, size) == (4, 28) else (4, 2 * now)
        following = channels if now == size else width // 2
        layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                   nn.ConvTranspose2d(width, following, kernel, 2, 1, bias=False)]
        width = following
    return nn.Sequential(*layers, nn.Tanh())


def discriminator(size, channels):
    widest = WIDTH * (4 if size == 28 else size // 8)
    layers, width = [], channels
    following = WIDTH
    while following <= widest:
        layers.append(nn.Conv2d(width, following, 4, 2, 1, bias=False))
        if width != channels:
            layers.append(nn.BatchNorm2d(following))
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        width, following, size = following, 2 * following, size // 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, size, 1, 0, bias=False))


def initialise(network):
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)


def autocast(o):
    return torch.autocast("cpu", dtype=torch.bfloat16) if o.precision == "bf16" else contextlib.nullcontext()


def network(make, o):
    result = make(o.image_size, 3 if o.image_size == 64 else 1)
    initialise(result)
    return result.to(memory_format=o.memory_format)


def noise(count, o):
    return torch.randn(count, LATENT, 1, 1).to(memory_format=o.memory_format)


def training(o):
    """The step of apps/dcgan/gan_step.cpp as a function."""
    g, d = network(generator, o), network(discriminator, o)
    adam = dict(lr=2e-4, betas=(0.5, 0.999), **({"fused": True} if o.adam == "fused" else {"foreach": True}))
    g_optimizer, d_optimizer = torch.optim.Adam(g.parameters(), **adam), torch.optim.Adam(d.parameters(), **adam)
    channels = 3 if o.image_size == 64 else 1
    real = (torch.rand(BATCH, channels, o.image_size, o.image_size) * 2 - 1).to(memory_format=o.memory_format)
    ones, zeros = torch.ones(BATCH, 1, 1, 1), torch.zeros(BATCH, 1, 1, 1)

    def step():
        d_optimizer.zero_grad()
        with autocast(o):
            logits = d(real)
        bce(logits.float(), ones).backward()
        with autocast(o):
            fake = g(noise(BATCH, o))
            logits = d(fake.detach())
        bce(logits.float(), zeros).backward()
        d_optimizer.step()

        d.requires_grad_(False)  # only G's gradients are wanted now
        g_optimizer.zero_grad()
        with autocast(o):
            logits = d(fake)
        bce(logits.float(), ones).backward()
        g_optimizer.step()
        d.requires_grad_(True)

    return step


def median_seconds(function, seconds, warm_up):
    for _ in range(warm_up):
        function()
    times = []
    while sum(times) < seconds or len(times) < 5:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def step(o):
    median = median_seconds(training(o), o.seconds, 3)
    return {"images_per_second": BATCH / median, "ms": 1e3 * median,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-6}


def sample(o):
    g = network(generator, o).eval()
    with torch.inference_mode(), autocast(o):
        one, many = (median_seconds(lambda: g(noise(count, o)), o.seconds, 10) for count in (1, 64))
    return {"latency_1_ms": 1e3 * one, "latency_64_ms": 1e3 * many, "images_per_second_64": 64 / many}


def first_step(o):
    training(o)()
    os._exit(0)  # the time of taking the interpreter down does not count


def main():
    commands = {"step": step, "sample": sample, "first-step": first_step}
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=commands)
    parser.add_argument("--image-size", type=int, choices=(28, 64), default=28)
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--layout", choices=("contiguous", "channels_last"), default="contiguous")
    parser.add_argument("--adam", choices=("fused", "foreach"), default="fused")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.5)
    o = parser.parse_args()
    o.memory_format = torch.channels_last if o.layout == "channels_last" else torch.contiguous_format
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    print(json.dumps(commands[o.command](o)))


if __name__ == "__main__":
    main()
