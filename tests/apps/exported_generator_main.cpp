// Runs an exported generator, the file EXPORTED_GENERATOR: noise in, images out, both as bare floats.
#include EXPORTED_GENERATOR

int main() {
  std::vector<float> z(wisp_generator::latent + wisp_generator::classes);
  std::vector<float> image(wisp_generator::channels * wisp_generator::image_size * wisp_generator::image_size);
  while (std::fread(z.data(), sizeof(float), z.size(), stdin) == z.size()) {
    wisp_generator::generate(z.data(), image.data());
    std::fwrite(image.data(), sizeof(float), image.size(), stdout);
  }
}
