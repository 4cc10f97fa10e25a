#include <models/lenet.h>

#include <wisp/nn/activation.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/pooling.h>

namespace wisp::models {

nn::Sequential lenet(Rng& rng) {
  return nn::Sequential(nn::Conv2d(1, 6, 5, {.padding = 2}, rng), nn::ReLU(), nn::MaxPool2d(2),  // 6 x 14 x 14
                        nn::Conv2d(6, 16, 5, {}, rng), nn::ReLU(), nn::MaxPool2d(2),             // 16 x 5 x 5
                        nn::Flatten(), nn::Linear(400, 120, rng), nn::ReLU(), nn::Linear(120, 84, rng), nn::ReLU(),
                        nn::Linear(84, 10, rng));
}

}  // namespace wisp::models
