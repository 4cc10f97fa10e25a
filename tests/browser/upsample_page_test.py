"""tconv upsample's page: the sliders and the pointer move the details, in the whole picture or in the part shown."""
import pathlib
import random
import struct
import tempfile
import zlib

from selenium.webdriver.common.keys import Keys

from browser import PageTest, find

PICTURE = pathlib.Path(__file__).parents[2] / "docs" / "digits.png"

# Every detail's pixels.
PIXELS = """return [...document.querySelectorAll('[data-detail]')].map((image) => {
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL();
})"""


def write_noise(path, width, height):
    """A grey PNG that does not compress."""
    lines = b"".join(b"\0" + random.Random(y).randbytes(width) for y in range(height))
    chunks = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks))


class UpsamplePage(PageTest):
    def details(self):
        return self.browser.execute_script(
            "return [...document.querySelectorAll('[data-detail]')].map((image) => image.src)")

    def check_details(self):
        first = self.details()
        self.assertEqual(len(first), 6)
        pixels = self.browser.execute_script(PIXELS)
        self.browser.execute_async_script(
            "show(); Promise.all([...document.images].map((image) => image.decode())).then(arguments[0])")
        self.assertEqual(self.browser.execute_script(PIXELS), pixels, "cut here from another place than in the file")
        self.assertEqual(len(self.browser.find_elements("css selector", "#errors tbody tr")), 5)
        find(self.browser, "#left").send_keys(*[Keys.ARROW_LEFT] * 9)
        moved = self.details()
        self.assertTrue(all(a != b for a, b in zip(first, moved)))
        find(self.browser, "#left").send_keys(*[Keys.ARROW_RIGHT] * 9)
        find(self.browser, "#map").click()
        self.assertNotEqual(self.details(), moved)
        self.assertEqual(self.browser.get_log("browser"), [])

    def widths(self, selector):
        return self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((image) => image.naturalWidth)", selector)

    def test_details_follow(self):
        self.open_page_of("tconv", "upsample", "--image", PICTURE, "--steps", "20")
        self.check_details()

    def test_part_of_a_large_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            noise = pathlib.Path(folder) / "noise.png"
            write_noise(noise, 1000, 700)
            self.open_page_of("tconv", "upsample", "--image", noise, "--steps", "2")
        widths = self.widths("[data-source]")
        self.assertEqual(len(widths), 6)
        self.assertEqual(len(set(widths)), 1)
        self.assertLess(widths[0], 1000)
        self.assertEqual(self.widths("#reduced img"), [widths[0] // 2])
        self.assertLess(self.widths("[data-enlarged]")[0], 2000)
        self.assertIn(f"{widths[0]} × ", find(self.browser, ".part").text)
        self.check_details()
