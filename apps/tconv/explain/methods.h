// Five ways to compute one transposed convolution, each with loops of its own.
//
// None of them calls the library's convolutions; how far each is from them is part of what a page says. The output of
// a layer with stride s, padding p and dilation d, per axis: input pixel i and kernel pixel j meet at output pixel
// o = i s - p + d j.
#pragma once

#include <string>

#include <apps/tconv/explain/scene.h>

namespace wisp::apps {

struct Method {
  std::string name;
  Scene scene;
  Image result;
  std::string note = {};  ///< what the scene leaves out
};

/// Every input value times the kernel, added up at stride s.
Method stamping(const Problem& problem);

/// An ordinary convolution with the flipped kernel of the input with s - 1 zeros between its pixels and d (k - 1) - p
/// around it (taken away where that is negative), output_padding more at the bottom and right.
Method gathering(const Problem& problem);

/// The transpose of the convolution's matrix times the flattened input.
Method matrix(const Problem& problem);

/// s x s small convolutions of the input, each with the kernel pixels of one phase d j mod s, interleaved.
Method polyphase(const Problem& problem);

/// The gradient of <input, conv2d(x, weight)> in x: what a pixel of x moves in the convolution's result, weighted with
/// the input.
Method gradient(const Problem& problem);

/// max |result - output| over the pixels of the problem's output.
double distance(const Image& result, const Image& output);

/// A kernel pixel and the input pixel that it meets at some output pixel, on one axis.
struct Meeting {
  std::int64_t tap, input;
};

/// All of output pixel o: o = i s - p + d j.
std::vector<Meeting> meetings(const Axis& axis, std::int64_t o);

/// A step's reads: the input pixels of all channels that are met in these rows and columns.
std::vector<Cells> crossings(int grid, const std::vector<Meeting>& rows, const std::vector<Meeting>& columns);

/// All kernels in one grid.
int add_kernels(Scene& scene, const std::string& title, const Problem& problem, const Image& kernels);

}  // namespace wisp::apps
