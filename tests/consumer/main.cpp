#include <wisp/wisp.h>

// Exits with 0 when the sum of 1 and 2 is 3.
int main() { return wisp::sum(wisp::Tensor::from({2}, {1.f, 2.f})).item<float>() == 3.f ? 0 : 1; }
