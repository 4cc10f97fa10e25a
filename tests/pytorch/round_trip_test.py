#!/usr/bin/env python3
"""round_trip_test.py BIN_FOLDER: weights go from Wisp to PyTorch, onnxruntime and a C++ file, and from PyTorch to Wisp,
and both train alike; unittest's options after it.

All in f32. Agreement of two tensors is max|a - b| / max|b|, at most 1e-5, but where a test says otherwise.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy
import onnx
import onnxruntime
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits
from torch.nn.utils.parametrizations import spectral_norm

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
SOURCES = pathlib.Path(__file__).resolve().parents[2]
LATENT, BASE = 16, 8
TOLERANCE = 1e-5


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def make_generator(blocks=0):
    up = lambda i, o, k, s, p: nn.ConvTranspose2d(i, o, k, s, p, bias=False)
    stage = lambda i, o, k, s, p: (up(i, o, k, s, p), nn.BatchNorm2d(o), nn.ReLU())
    residual = lambda channels: [Residual(*stage(channels, channels, 3, 1, 1)) for _ in range(blocks)]
    return nn.Sequential(*stage(LATENT, 4 * BASE, 4, 1, 0), *stage(4 * BASE, 2 * BASE, 3, 2, 1), *residual(2 * BASE),
                         *stage(2 * BASE, BASE, 4, 2, 1), *residual(BASE), up(BASE, 1, 4, 2, 1), nn.Tanh())


def make_discriminator():
    down = lambda i, o, k, s, p: nn.Conv2d(i, o, k, s, p, bias=False)
    return nn.Sequential(down(1, BASE, 4, 2, 1), nn.LeakyReLU(0.2), down(BASE, 2 * BASE, 4, 2, 1),
                         nn.BatchNorm2d(2 * BASE), nn.LeakyReLU(0.2), down(2 * BASE, 4 * BASE, 4, 2, 1),
                         nn.BatchNorm2d(4 * BASE), nn.LeakyReLU(0.2), down(4 * BASE, 1, 3, 1, 0))


def make_spectral_discriminator(blocks):
    down = lambda i, o, k, s, p: spectral_norm(nn.Conv2d(i, o, k, s, p, bias=False))
    stage = lambda i, o, k, s, p: (down(i, o, k, s, p), nn.LeakyReLU(0.2))
    residual = lambda channels: [Residual(*stage(channels, channels, 3, 1, 1)) for _ in range(blocks)]
    return nn.Sequential(*stage(1, BASE, 4, 2, 1), *stage(BASE, 2 * BASE, 4, 2, 1), *residual(2 * BASE),
                         *stage(2 * BASE, 4 * BASE, 4, 2, 1), *residual(4 * BASE), down(4 * BASE, 1, 3, 1, 0))


class RoundTrip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A generator and a discriminator that Wisp has trained for a while, and their state dicts."""
        torch.manual_seed(1)
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.checkpoint = cls.trained("run", "--ema", "0.9")

    @classmethod
    def trained(cls, name, *options):
        """The checkpoint of a run of 40 steps."""
        cls.wisp("dcgan", "train", "--data", SOURCES / "data/mnist", "--out", cls.folder / name, "--steps", 40,
                 "--model", "classic", "--evaluate-every", 0, "--lr", "0.002", "--latent", LATENT, "--base-channels", BASE, "--quiet", *options)
        return cls.folder / name / "checkpoint.safetensors"

    @staticmethod
    def wisp(program, *arguments):
        subprocess.run([PROGRAMS / program, *map(str, arguments)], check=True)

    def export(self, name, *options, checkpoint=None):
        path = self.folder / name
        self.wisp("dcgan", "export", "--checkpoint", checkpoint or self.checkpoint, "--out", path, *options)
        return path

    def loaded(self, network, name, *options, checkpoint=None):
        """The network with the weights that Wisp exports, in evaluation mode."""
        path = self.export(f"{name}.safetensors", "--format", "safetensors", "--network", name, *options,
                           checkpoint=checkpoint)
        network.load_state_dict(load_file(path))
        return network.eval()

    def exported_generator(self, *options):
        return self.loaded(make_generator(), "generator", *options)

    def wisp_images(self, checkpoint, z, raw=False):
        save_file({"z": z.contiguous()}, self.folder / "z.safetensors")
        self.wisp("wisp_side", "generate", checkpoint, self.folder / "z.safetensors", self.folder / "out.safetensors",
                  int(raw))
        return load_file(self.folder / "out.safetensors")["image"]

    def assert_close(self, actual, expected, what, tolerance=TOLERANCE):
        actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
        self.assertEqual(actual.shape, expected.shape, what)
        error = ((actual - expected).abs().max() / expected.abs().max()).item()
        self.assertLessEqual(error, tolerance, what)

    @torch.no_grad()
    def test_wisp_to_pytorch(self):
        z = torch.randn(5, LATENT, 1, 1)
        drawn = []
        for options in ((), ("--raw",)):
            generator = self.exported_generator(*options)
            self.assertGreater(generator[1].running_mean.abs().max().item(), 0)
            drawn.append(self.wisp_images(self.checkpoint, z, bool(options)))
            self.assert_close(drawn[-1], generator(z), "images")
        self.assertFalse(torch.equal(*drawn), "the averaged generator and the one that was trained")
        self.loaded(make_discriminator(), "discriminator")

    def test_pytorch_to_wisp(self):
        generator = make_generator()
        optimizer = torch.optim.Adam(generator.parameters(), lr=0.01)
        for _ in range(10):
            optimizer.zero_grad()
            nn.functional.mse_loss(generator(torch.randn(8, LATENT, 1, 1)), torch.rand(8, 1, 28, 28)).backward()
            optimizer.step()
        generator.eval()
        z = torch.randn(7, LATENT, 1, 1)
        path = self.folder / "from_pytorch.safetensors"
        for prefix in ("", "main."):
            save_file({prefix + key: value for key, value in generator.state_dict().items()}, path)
            self.assert_close(self.wisp_images(path, z), generator(z).detach(), "images")
        self.check_sampled_bytes(path, generator)
        for dtype in (torch.float64, torch.bfloat16):
            save_file(make_generator().to(dtype).state_dict(), path)
            rounded = make_generator().eval()
            rounded.load_state_dict(load_file(path))
            self.assert_close(self.wisp_images(path, z), rounded(z).detach(), dtype)

    @torch.no_grad()
    def check_sampled_bytes(self, path, generator):
        """dcgan sample's bytes are PyTorch's images, rounded; within 0.001 of half a shade, either way."""
        self.wisp("dcgan", "sample", "--checkpoint", path, "--seed", 3, "--count", 50, "--precision", "f32", "--idx",
                  self.folder / "images", "--out", self.folder / "grid.png")
        self.wisp("wisp_side", "noise", 3, 50, LATENT, self.folder / "z.safetensors")
        shades = (generator(load_file(self.folder / "z.safetensors")["z"]).double().numpy() + 1) * 127.5
        content = (self.folder / "images").read_bytes()
        self.assertEqual(struct.unpack(">4I", content[:16]), (0x803, 50, 28, 28))
        drawn = numpy.frombuffer(content[16:], numpy.uint8).reshape(shades.shape)
        self.assertGreater(drawn.std(), 10)
        undecided = numpy.abs(shades - numpy.floor(shades) - 0.5) < 1e-3
        self.assertLess(undecided.mean(), 0.01)
        numpy.testing.assert_array_equal(drawn[~undecided], numpy.floor(shades + 0.5)[~undecided])
        self.assertLessEqual(numpy.abs(drawn - shades).max(), 0.501)

    @torch.no_grad()
    def test_onnx(self):
        self.check_onnx_generator(self.checkpoint, self.exported_generator())

    def check_onnx_generator(self, checkpoint, generator):
        path = self.export("generator.onnx", "--format", "onnx", checkpoint=checkpoint)
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.assertEqual([value.name for value in session.get_inputs() + session.get_outputs()], ["z", "image"])
        for count in (1, 5):
            z = torch.randn(count, LATENT, 1, 1)
            image = session.run(["image"], {"z": z.numpy()})[0]
            self.assert_close(image, self.wisp_images(checkpoint, z), "onnxruntime and Wisp")
            self.assert_close(image, generator(z), "onnxruntime and PyTorch")

    @torch.no_grad()
    def test_onnx_discriminator(self):
        path = self.export("discriminator.onnx", "--network", "discriminator", "--format", "onnx")
        self.check_onnx_discriminator(path, self.loaded(make_discriminator(), "discriminator"))

    def check_onnx_discriminator(self, path, discriminator):
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        for count in (1, 5):
            image = torch.rand(count, 1, 28, 28) * 2 - 1
            self.assert_close(session.run(["logits"], {"image": image.numpy()})[0], discriminator(image), "logits")

    @torch.no_grad()
    def test_residual_networks(self):
        """The default recipe's networks: from Wisp to PyTorch, onnxruntime and a C++ file; the discriminator from
        PyTorch, its vectors a few steps on, to Wisp as well."""
        arguments = ("--network", "discriminator", "--format")
        blocks = {"generator": 1, "discriminator": 2}
        checkpoint = self.trained("residual", "--model", "residual",
                                  *(f"--{name}-blocks={count}" for name, count in blocks.items()))
        generator = self.loaded(make_generator(blocks["generator"]), "generator", checkpoint=checkpoint)
        self.check_onnx_generator(checkpoint, generator)
        self.check_header(self.export("generator.h", "--format", "header", checkpoint=checkpoint), generator)
        discriminator = self.loaded(make_spectral_discriminator(blocks["discriminator"]), "discriminator",
                                    checkpoint=checkpoint)
        path = self.export("discriminator.onnx", *arguments, "onnx", checkpoint=checkpoint)
        self.check_onnx_discriminator(path, discriminator)
        discriminator = make_spectral_discriminator(blocks["discriminator"])
        for weight in discriminator.parameters():
            weight.normal_(0, 0.02)
        for _ in range(3):
            discriminator(torch.rand(2, 1, 28, 28))
        save_file(discriminator.state_dict(), self.folder / "from_pytorch.safetensors")
        path = self.export("discriminator.onnx", *arguments, "onnx", checkpoint=self.folder / "from_pytorch.safetensors")
        self.check_onnx_discriminator(path, discriminator.eval())
        path = self.export("discriminator.safetensors", *arguments, "safetensors",
                           checkpoint=self.folder / "from_pytorch.safetensors")
        for key, value in load_file(path).items():
            self.assertTrue(torch.equal(value, discriminator.state_dict()[key]), key)

    @torch.no_grad()
    def test_header(self):
        self.check_header(self.export("generator.h", "--format", "header"), self.exported_generator())

    def check_header(self, header, generator):
        program = self.folder / "program"
        subprocess.run(["c++", "-std=c++17", "-O1", f'-DEXPORTED_GENERATOR="{header}"', "-o", program,
                        SOURCES / "tests/apps/exported_generator_main.cpp"], check=True)
        z = torch.randn(5, LATENT, 1, 1)
        out = subprocess.run([program], input=z.numpy().tobytes(), stdout=subprocess.PIPE, check=True).stdout
        image = numpy.frombuffer(out, numpy.float32).reshape(5, 1, 28, 28)
        self.assert_close(image.copy(), generator(z), "the C++ file and PyTorch")

    def test_training(self):
        """PyTorch repeats Wisp's steps from the same weights, on the same batches of MNIST and the same noise.

        What both compute from equal weights must agree to 1e-5: the losses, the gradients of the first step, the images
        at the end. Adam divides each gradient by its size, so that where a gradient is nearly zero its rounding error
        decides the step: of the weights at the end only the lengths of the differences are compared.
        """
        path = self.folder / "trace.safetensors"
        self.wisp("wisp_side", "trace", SOURCES / "data/mnist", path)
        trace = load_file(path)
        nets = {"generator": make_generator(), "discriminator": make_discriminator()}
        for name, net in nets.items():
            net.load_state_dict({key.removeprefix(f"initial.{name}."): value for key, value in trace.items()
                                 if key.startswith(f"initial.{name}.")})
        adam = {name: torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for name, net in nets.items()}
        for step, (real, z) in enumerate(zip(trace["real"], trace["z"])):
            losses, gradients = self.train_step(nets, adam, real, z)
            self.assert_close(trace["losses"][step], torch.tensor(losses, dtype=torch.float64), f"losses, step {step}")
            for key, gradient in gradients.items() if step == 0 else ():
                self.assert_close(trace[f"grad.{key}"], gradient, f"gradient of {key}")
        for name, net in nets.items():
            for key, value in net.state_dict().items():
                actual, what = trace[f"final.{name}.{key}"], f"{name}.{key} at the end"
                if key.endswith("num_batches_tracked"):
                    self.assertEqual(actual.item(), value.item())
                elif "running" in key:
                    self.assert_close(actual, value, what)
                else:
                    difference = (actual - value).norm() / (value - trace[f"initial.{name}.{key}"]).norm()
                    self.assertLess(difference.item(), 1e-3, what)
        with torch.no_grad():
            self.assert_close(trace["sample_eval"], nets["generator"].eval()(trace["z"][0]), "images at the end")

    def train_step(self, nets, adam, real, z):
        """One step; the three losses, and the gradients that the optimizers saw."""
        generator, discriminator = nets["generator"], nets["discriminator"]
        adam["discriminator"].zero_grad()
        logits = discriminator(real)
        real_loss = bce_with_logits(logits, torch.ones_like(logits))
        real_loss.backward()
        fake = generator(z)
        fake_loss = bce_with_logits(discriminator(fake.detach()), torch.zeros_like(logits))
        fake_loss.backward()
        gradients = {f"discriminator.{key}": p.grad.clone() for key, p in discriminator.named_parameters()}
        adam["discriminator"].step()
        adam["generator"].zero_grad()
        generator_loss = bce_with_logits(discriminator(fake), torch.ones_like(logits))
        generator_loss.backward()
        gradients |= {f"generator.{key}": p.grad.clone() for key, p in generator.named_parameters()}
        adam["generator"].step()
        return [real_loss.item(), fake_loss.item(), generator_loss.item()], gradients


if __name__ == "__main__":
    unittest.main()
