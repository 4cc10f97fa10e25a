// Tensor::to: conversion between dtypes.
#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/profile.h>
#include <wisp/ops/arguments.h>

namespace wisp {

Tensor Tensor::to(DType target) const {
  check_defined("to", {{"x", *this}});
  const DType from = dtype();
  if (from == target) return *this;
  const kernels::KernelTimer timer("cast");
  Tensor y = empty(shape(), target);
  visit_dtype(from, [&]<class From>(From) {
    visit_dtype(target, [&]<class To>(To) {
      kernels::map(numel(), data<From>(), y.mutable_data<To>(), [](auto value) { return convert<To>(value); });
    });
  });
  if (!is_floating(from) || !is_floating(target)) return autograd::as_one_op("to", {*this}, {}, [&] { return y; });
  return autograd::record("to", y, {*this}, {},
                          [from](const autograd::Cotangents& c) { return Tensors{c.grad().to(from)}; });
}

}  // namespace wisp
