// Both ops are bilinear, result = F(a, w) + bias. With cotangent v the gradients are da = A(v, w), dw = B(a, v) and
// dbias; the gradients of <p, da> + <q, dw> + <r, dbias> are A(v, q) in a, B(p, v) in w, and F(p, w) + F(a, q) + r in
// v. The definition gives all of them: each of its multiplications connects one element of a, of w and of the result.
#include <algorithm>

#include <fmt/format.h>

#include <tests/geometry/checks.h>
#include <tests/geometry/integers.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

using Values = std::vector<double>;

// A tensor's N, C, H, W, and whether the op knows it without N.
struct Form {
  Shape shape;
  bool unbatched = false;

  Shape given() const { return unbatched ? Shape{shape[1], shape[2], shape[3]} : shape; }
};

// Calls visit(index in logical order, index in channels-last order).
template <class Visit>
void visit_orders(const Shape& shape, Visit visit) {
  std::size_t logical = 0;
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t c = 0; c < shape[1]; ++c)
      for (std::int64_t h = 0; h < shape[2]; ++h)
        for (std::int64_t w = 0; w < shape[3]; ++w)
          visit(logical++, static_cast<std::size_t>(((n * shape[2] + h) * shape[3] + w) * shape[1] + c));
}

Tensor leaf(const Values& channels_last, const Form& form) {
  Values logical(channels_last.size());
  visit_orders(form.shape, [&](std::size_t to, std::size_t from) { logical[to] = channels_last[from]; });
  return Tensor::from(form.given(), logical).set_requires_grad(true);
}

std::string difference(const char* name, const Tensor& actual, const Values& expected, const Form& form) {
  if (actual.shape() != form.given())
    return fmt::format("the shape of {} is {}, should be {}", name, actual.shape(), form.given());
  const Values values = actual.values<double>();
  std::string wrong;
  visit_orders(form.shape, [&](std::size_t i, std::size_t at) {
    if (values[i] != expected[at] && wrong.empty())
      wrong = fmt::format("{} element {} is {}, should be {}", name, i, values[i], expected[at]);
  });
  return wrong;
}

// One op with the options of one geometry. Lists of numbers are channels-last.
struct Op {
  const Conv2dGeometry& g;
  bool transposed;

  Shape input() const { return transposed ? small() : big(); }
  Shape output() const { return transposed ? big() : small(); }
  Shape weight() const { return {g.filters, g.channels / g.groups, g.height.kernel, g.width.kernel}; }

  Tensor operator()(const Tensor& a, const Tensor& w, const Tensor& bias) const {
    const Size2d stride{g.height.stride, g.width.stride}, padding{g.height.padding, g.width.padding};
    const Size2d dilation{g.height.dilation, g.width.dilation};
    const Size2d extra{output_padding(g.height), output_padding(g.width)};
    if (!transposed)
      return conv2d(a, w, bias, {.stride = stride, .padding = padding, .dilation = dilation, .groups = g.groups});
    return conv_transpose2d(
        a, w, bias,
        {.stride = stride, .padding = padding, .output_padding = extra, .groups = g.groups, .dilation = dilation});
  }

  // Calls visit(element of a, of w, of the result) for every multiplication.
  template <class Visit>
  void visit(Visit visit) const {
    visit_products(g,
                   [&](std::size_t x, std::size_t w, std::size_t y) { transposed ? visit(y, w, x) : visit(x, w, y); });
  }

 private:
  Shape big() const { return {g.batch, g.channels, g.height.input, g.width.input}; }
  Shape small() const { return {g.batch, g.filters, g.height.output, g.width.output}; }
};

std::string check_gradients(const Op& op, Rng& rng) {
  const bool unbatched = op.g.batch == 1 && rng.integer(2) == 0;
  const Form input{op.input(), unbatched}, weight{op.weight()}, output{op.output(), unbatched};
  const auto channels = static_cast<std::size_t>(output.shape[1]);
  const auto draw = [&](const Shape& shape) { return random_integers(shape.numel(), rng); };
  const Values a = draw(input.shape), w = draw(weight.shape), bias = draw({output.shape[1]}), v = draw(output.shape);
  const Values p = draw(input.shape), q = draw(weight.shape), r = draw({output.shape[1]});

  Values result(v.size()), da(a.size()), dw(w.size()), dbias(channels);
  Values second_a(a.size()), second_w(w.size()), second_v(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) {
    result[i] = bias[i % channels];
    second_v[i] = r[i % channels];
    dbias[i % channels] += v[i];
  }
  op.visit([&](std::size_t ai, std::size_t wi, std::size_t vi) {
    result[vi] += a[ai] * w[wi];
    da[ai] += v[vi] * w[wi];
    dw[wi] += a[ai] * v[vi];
    second_a[ai] += v[vi] * q[wi];
    second_w[wi] += p[ai] * v[vi];
    second_v[vi] += p[ai] * w[wi] + a[ai] * q[wi];
  });

  const Tensor at = leaf(a, input), wt = leaf(w, weight), vt = leaf(v, output);
  const Tensor bt = Tensor::from({output.shape[1]}, bias).set_requires_grad(true);
  const Tensor rt = Tensor::from({output.shape[1]}, r);
  const Tensor y = op(at, wt, bt);
  std::string wrong = difference("the value", y, result, output);
  if (!wrong.empty()) return wrong;
  const Tensors first = grad({y}, {at, wt, bt}, {.grad_outputs = {vt}, .create_graph = true});
  const Tensors second = grad(first, {at, wt, vt}, {.grad_outputs = {leaf(p, input), leaf(q, weight), rt}});
  const auto expect = [&](const char* name, const Tensor& actual, const Values& expected, const Form& form) {
    if (wrong.empty()) wrong = difference(name, actual, expected, form);
  };
  expect("the gradient of the input", first[0], da, input);
  expect("the gradient of the weight", first[1], dw, weight);
  if (wrong.empty() && first[2].values<double>() != dbias) wrong = "the gradient of the bias is wrong";
  expect("the second gradient of the input", second[0], second_a, input);
  expect("the second gradient of the weight", second[1], second_w, weight);
  expect("the second gradient of the cotangent", second[2], second_v, output);
  return wrong;
}

// With all the outputs that fit: the kernels can leave some out, the ops cannot.
Conv2dAxis completed(Conv2dAxis axis) {
  axis.output += output_padding(axis) / axis.stride;
  return axis;
}

}  // namespace

std::string check_conv2d_gradients(const Conv2dGeometry& g, Rng rng) {
  Conv2dGeometry complete = g;
  for (Conv2dAxis* axis : {&complete.height, &complete.width})
    if (output_padding(*axis) >= axis->stride) *axis = completed(*axis);
  return check_gradients({complete, false}, rng);
}

std::string check_conv_transpose2d_gradients(const Conv2dGeometry& g, Rng rng) {
  Conv2dGeometry complete = g;
  for (Conv2dAxis* axis : {&complete.height, &complete.width})
    if (output_padding(*axis) >= std::max(axis->stride, axis->dilation)) *axis = completed(*axis);
  return check_gradients({complete, true}, rng);
}

}  // namespace wisp::testing
