"""dcgan features' page: every layer of both networks is drawn, at one scale, and the verdict is a number."""
import pathlib
import subprocess
import tempfile

from browser import PageTest, find


class FeaturesPage(PageTest):
    def train(self, *options):
        """A checkpoint of a few steps."""
        run = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        subprocess.run([self.programs / "dcgan", "train", "--steps", "2", "--base-channels", "4", "--quiet", "--out", run,
                        "--evaluate-every", "0", *options], check=True)
        return run / "checkpoint.safetensors"

    def texts(self, selector):
        return [node.text for node in self.browser.find_elements("css selector", selector)]

    def test_both_networks(self):
        self.open_page_of("dcgan", "features", "--checkpoint", self.train(), "--image", "7")
        self.assertEqual(self.texts("#generator h3"),
                         ["The noise", "1 × 1 → 4 × 4", "4 × 4 → 7 × 7", "7 × 7 → 14 × 14", "14 × 14 → 28 × 28"])
        self.assertEqual(self.texts("#discriminator h3"),
                         ["The image: test image 7", "28 × 28 → 14 × 14", "14 × 14 → 7 × 7", "7 × 7 → 3 × 3",
                          "3 × 3 → 1 × 1"])
        names = self.texts("#generator .row code")
        self.assertEqual([name.split("(")[0] for name in names],
                         ["normal random numbers"] + ["ConvTranspose2d", "BatchNorm2d", "ReLU"]
                         + ["ConvTranspose2d", "BatchNorm2d", "ReLU", "Residual"] * 2 + ["ConvTranspose2d", "Tanh"])
        self.assertEqual(len(self.texts(".row img")), len(self.texts(".row code")))
        float(find(self.browser, "#verdict").text.replace("−", "-"))
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_the_way_in_short_grows(self):
        """1, 4, 7, 14, 28: the cut-out channels are as large as their sizes say."""
        self.open_page_of("dcgan", "features", "--checkpoint", self.train())
        widths = self.browser.execute_script(
            "return [...document.querySelectorAll('#generator .one')].map((box) => box.getBoundingClientRect().width)")
        self.assertEqual([round(width / widths[0], 3) for width in widths], [1, 4, 7, 14, 28])
        self.assertEqual(self.texts("#generator .way figcaption")[4].split("\n")[0], "28 × 28")
        # What is cut out is what the noise's grid shows in that place.
        corner = self.browser.execute_script("""
          const box = document.querySelector('#generator .one').getBoundingClientRect();
          const image = document.querySelector('#generator .one img').getBoundingClientRect();
          const { left, top } = DATA.networks[0].input.strongest;
          return [box.left - image.left - left * box.width, box.top - image.top - top * box.width];""")
        for distance in corner:
            self.assertAlmostEqual(distance, 0, delta=0.01)

    def test_one_network_alone(self):
        checkpoint = self.train()
        state = checkpoint.parent / "discriminator.safetensors"
        subprocess.run([self.programs / "dcgan", "export", "--checkpoint", checkpoint, "--network", "discriminator",
                        "--format", "safetensors", "--out", state], check=True)
        self.open_page_of("dcgan", "features", "--checkpoint", state)
        self.assertEqual(self.texts("#generator"), [])
        self.assertIn("no generator", find(self.browser, ".missing").text)
        self.assertEqual(len(self.texts("#discriminator .way figure")), 5)
