#include <wisp/autograd/gradcheck.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>

namespace wisp {
namespace {

double dot(const Tensor& a, const Tensor& b) {
  const double *p = a.data<double>(), *q = b.data<double>();
  double total = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) total += p[i] * q[i];
  return total;
}

// A fresh leaf with the numbers of x + eps direction (or x alone).
Tensor moved(const Tensor& x, const Tensor& direction, double eps) {
  Tensor result = Tensor::empty(x.shape(), DType::f64);
  double* to = result.mutable_data<double>();
  const double *from = x.data<double>(), *along = direction.defined() ? direction.data<double>() : nullptr;
  for (std::int64_t i = 0; i < x.numel(); ++i) to[i] = from[i] + (along ? eps * along[i] : 0.0);
  return result.set_requires_grad(x.requires_grad());
}

bool differentiable(const Tensor& input) { return input.defined() && input.requires_grad(); }

Tensors at(const Tensors& inputs, std::size_t moved_input, const Tensor& direction, double eps) {
  Tensors result;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    result.push_back(differentiable(inputs[i]) ? moved(inputs[i], i == moved_input ? direction : Tensor{}, eps)
                                               : inputs[i]);
  return result;
}

void compare(double analytic, double numeric, std::size_t input, std::int64_t element,
             const GradcheckOptions& options) {
  // An infinite difference is no answer: everything finite would be within rtol of it.
  check(std::isfinite(numeric) && std::abs(analytic - numeric) <= options.atol + options.rtol * std::abs(numeric),
        "gradcheck: derivative in element {} of input {} is {:.9g}, central differences give {:.9g}", element, input,
        analytic, numeric);
}

// The gradients of the sum of all <cotangent, output> with respect to the inputs that require grad; zeros where no
// output depends on one.
Tensors gradients(const Tensors& outputs, const Tensors& cotangents, const Tensors& inputs, bool create_graph) {
  Tensors wanted;
  std::copy_if(inputs.begin(), inputs.end(), std::back_inserter(wanted), differentiable);
  Tensors grads = autograd::partial_grad(
      outputs, wanted, {.grad_outputs = cotangents, .retain_graph = true, .create_graph = create_graph});
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!grads[i].defined()) grads[i] = Tensor::zeros(wanted[i].shape(), DType::f64);
  return grads;
}

// Compares the derivative of <cotangent, f_k> along `direction` of one input.
void check_direction(const TensorFunction& function, const Tensors& inputs, std::size_t input, const Tensor& direction,
                     std::size_t k, const Tensor& cotangent, double analytic, std::int64_t element,
                     const GradcheckOptions& options) {
  const double above = dot(cotangent, function(at(inputs, input, direction, options.eps))[k]);
  const double below = dot(cotangent, function(at(inputs, input, direction, -options.eps))[k]);
  compare(analytic, (above - below) / (2 * options.eps), input, element, options);
}

void fast_check(const TensorFunction& function, const Tensors& inputs, const Tensors& leaves, const Tensors& outputs,
                const GradcheckOptions& options) {
  Rng rng(0x67726164);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Tensor cotangent = Tensor::randn(outputs[k].shape(), rng, DType::f64);
    const Tensors grads = gradients({outputs[k]}, {cotangent}, leaves, false);
    for (std::size_t i = 0, row = 0; i < leaves.size(); ++i) {
      if (!differentiable(leaves[i])) continue;
      const Tensor direction = Tensor::randn(leaves[i].shape(), rng, DType::f64);
      check_direction(function, inputs, i, direction, k, cotangent, dot(grads[row++], direction), -1, options);
    }
  }
}

void full_check(const TensorFunction& function, const Tensors& inputs, const Tensors& leaves, const Tensors& outputs,
                const GradcheckOptions& options) {
  // numeric[i][e]: the change of all outputs per change of element e of input i.
  std::vector<std::vector<std::vector<double>>> numeric(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!differentiable(leaves[i])) continue;
    for (std::int64_t e = 0; e < leaves[i].numel(); ++e) {
      Tensor direction = Tensor::zeros(leaves[i].shape(), DType::f64);
      direction.mutable_data<double>()[e] = 1.0;
      const Tensors above = function(at(inputs, i, direction, options.eps));
      const Tensors below = function(at(inputs, i, direction, -options.eps));
      std::vector<double> changes;
      for (std::size_t k = 0; k < above.size(); ++k)
        for (std::int64_t o = 0; o < above[k].numel(); ++o)
          changes.push_back((above[k].data<double>()[o] - below[k].data<double>()[o]) / (2 * options.eps));
      numeric[i].push_back(std::move(changes));
    }
  }
  std::size_t column = 0;
  for (const Tensor& output : outputs)
    for (std::int64_t o = 0; o < output.numel(); ++o, ++column) {
      Tensor cotangent = Tensor::zeros(output.shape(), DType::f64);
      cotangent.mutable_data<double>()[o] = 1.0;
      const Tensors grads = gradients({output}, {cotangent}, leaves, false);
      for (std::size_t i = 0, row = 0; i < leaves.size(); ++i) {
        if (!differentiable(leaves[i])) continue;
        for (std::int64_t e = 0; e < leaves[i].numel(); ++e)
          compare(grads[row].data<double>()[e], numeric[i][static_cast<std::size_t>(e)][column], i, e, options);
        ++row;
      }
    }
}

}  // namespace

bool gradcheck(const TensorFunction& function, const Tensors& inputs, const GradcheckOptions& options) {
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!differentiable(inputs[i])) continue;
    any = true;
    check(inputs[i].dtype() == DType::f64, "gradcheck: input {} is {}, f64 is needed", i, name_of(inputs[i].dtype()));
  }
  check(any, "gradcheck: no input requires grad");
  const GradMode mode(true);
  const Tensors leaves = at(inputs, inputs.size(), {}, 0.0);
  const Tensors outputs = function(leaves);
  (options.fast_mode ? fast_check : full_check)(function, inputs, leaves, outputs, options);
  return true;
}

bool gradgradcheck(const TensorFunction& function, const Tensors& inputs, const GradcheckOptions& options) {
  Tensors outputs;
  {
    const NoGrad guard;
    outputs = function(inputs);
  }
  // The inputs of the first derivative: those of the function, then a cotangent for each output.
  Rng rng(0x67726772);
  Tensors all = inputs;
  for (const Tensor& output : outputs)
    all.push_back(Tensor::randn(output.shape(), rng, DType::f64).set_requires_grad(true));
  const auto count = static_cast<std::ptrdiff_t>(inputs.size());
  const auto first_derivative = [&](const Tensors& arguments) {
    const Tensors points(arguments.begin(), arguments.begin() + count),
        cotangents(arguments.begin() + count, arguments.end());
    return gradients(function(points), cotangents, points, true);
  };
  return gradcheck(first_derivative, all, options);
}

}  // namespace wisp
