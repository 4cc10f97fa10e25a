"""tconv explain's pages, stepped through by keyboard; the numbers on the page are the library's."""
import subprocess

from selenium.webdriver.common.keys import Keys

from browser import PageTest, check_width, find, press, table_numbers

METHODS = {"stamping": "Output", "gathering": "Output", "matrix": "Output", "polyphase": "Output",
           "gradient": "Gradient in x"}
ZERO_TO_THREE = "0 1; 2 3"


class ExplainPages(PageTest):
    def open(self, *options):
        self.open_page_of("tconv", "explain", *options)

    def expected(self):
        """The library's result as far as it is shown: at most 4 channels and 16 x 16 pixels."""
        output = self.browser.execute_script("return DATA.output")
        channels, rows, columns = output["shown"]
        self.assertEqual([channels, rows, columns], [min(n, most) for n, most in zip(output["size"], (4, 16, 16))])
        values = output["values"]  # one value when all are the same
        return [str(v) for v in (values if isinstance(values, list) else [values] * (channels * rows * columns))]

    def step_through(self, section):
        """To the last frame with the arrow key, at most 200 times, then with End."""
        number = str(list(METHODS).index(section) + 1)
        press(self.browser, number)
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), section)
        node = find(self.browser, f"#{section}")
        last = int(node.get_attribute("data-steps"))
        self.assertGreater(last, 0)
        presses = min(last, 200)
        press(self.browser, *[Keys.ARROW_RIGHT] * presses)
        self.assertEqual(node.get_attribute("data-step"), str(presses))
        press(self.browser, Keys.END)
        self.assertEqual(node.get_attribute("data-step"), str(last))

    def check_methods(self):
        for section, title in METHODS.items():
            with self.subTest(section):
                self.step_through(section)
                self.assertEqual(table_numbers(self.browser, section, title), self.expected())
                self.assertEqual(find(self.browser, f"#{section} .distance").text, "0")
        self.assertEqual(self.browser.get_log("browser"), [])
        check_width(self, self.browser)

    def test_every_preset(self):
        names = subprocess.run([self.programs / "tconv", "presets"], check=True, capture_output=True, text=True).stdout
        names = [line.split()[0] for line in names.splitlines()]
        self.assertGreaterEqual(len(names), 12)
        for name in names:
            with self.subTest(name):
                self.open("--preset", name)
                self.check_methods()

    def test_known_numbers(self):
        self.open("--values", ZERO_TO_THREE, "--weights", ZERO_TO_THREE)
        self.check_methods()
        self.assertEqual(table_numbers(self.browser, "matrix", "Output"), "0 0 1 0 4 6 4 12 9".split())
        self.open("--values", ZERO_TO_THREE, "--weights", ZERO_TO_THREE, "--stride", "2")
        self.check_methods()
        self.assertEqual(table_numbers(self.browser, "stamping", "Output"),
                         "0 0 0 1 0 0 2 3 0 2 0 3 4 6 6 9".split())

    def test_odd_geometry(self):
        self.open("--input", "3x4", "--kernel", "4x2", "--stride", "3x2", "--padding", "2x0", "--dilation", "2x3",
                  "--output-padding", "1x2", "--in-channels", "2", "--out-channels", "3")
        self.check_methods()

    def test_large(self):
        """More cells than a call takes arguments, more steps than the page holds."""
        self.open("--input", "16x16", "--kernel", "5", "--padding", "2", "--in-channels", "4", "--out-channels", "4")
        self.check_methods()
        for section in METHODS:
            node = find(self.browser, f"#{section}")
            shown = int(node.get_attribute("data-steps")) - 1
            text = find(self.browser, f"#{section} .skipped").text
            self.assertRegex(text, rf"^Of \d+ steps {shown} are shown one by one, the others at once in the last\.$")
            empty = self.browser.execute_script(
                "return [...arguments[0].querySelectorAll('td')].filter((cell) => cell.textContent === '').length", node)
            self.assertEqual(empty, 0, section)

    def test_no_digit_is_lost(self):
        self.open("--values", "12345.6 0.0625; -1234.5678 1e-7", "--weights", "1")
        self.assertEqual(table_numbers(self.browser, "stamping", "Input"), ["12345.6", "0.063", "-1234.568", "1.00e-7"])
        for section, title in METHODS.items():
            self.step_through(section)
            numbers = table_numbers(self.browser, section, title)
            self.assertEqual(numbers, ["12345.6", "0.063", "-1234.568", "1.00e-7"], section)
        caption = find(self.browser, "#matrix .caption").text
        self.assertEqual(caption, "1 x 1.00e-7 = 1.00e-7")

    def test_steps_back_and_forth(self):
        self.open("--preset", "stride-2-kernel-3")
        press(self.browser, "1")
        first = table_numbers(self.browser, "stamping", "Output")
        press(self.browser, *[Keys.ARROW_RIGHT] * 7)
        seventh = table_numbers(self.browser, "stamping", "Output")
        press(self.browser, *[Keys.ARROW_RIGHT] * 5, *[Keys.ARROW_LEFT] * 5)
        self.assertEqual(table_numbers(self.browser, "stamping", "Output"), seventh)
        press(self.browser, Keys.HOME)
        self.assertEqual(table_numbers(self.browser, "stamping", "Output"), first)
        self.assertNotEqual(first, seventh)
        find(self.browser, "#stamping input").send_keys(*[Keys.ARROW_RIGHT] * 7)  # the slider, by keyboard
        self.assertEqual(table_numbers(self.browser, "stamping", "Output"), seventh)
        for _ in range(2):
            find(self.browser, "#stamping .controls button:nth-child(2)").click()
        self.assertEqual(find(self.browser, "#stamping").get_attribute("data-step"), "5")

    def test_marks_what_is_read_and_written(self):
        self.open("--preset", "2x2-stride-2")
        press(self.browser, "1")
        press(self.browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        marked = [[cell.text for cell in self.browser.find_elements("css selector", f"#stamping td.{kind}")]
                  for kind in ("read", "written")]
        self.assertEqual(marked, [["1", "0", "1", "2", "3"], ["0", "1", "2", "3"]])

    def test_cropping_is_said(self):
        self.open("--preset", "dcgan-14-28")
        lines = [line.text for line in self.browser.find_elements("css selector", ".cropped")]
        self.assertIn("Cropped: 4 × 14 × 14 of 64 × 14 × 14 are shown, all are computed.", lines)
        self.assertIn("Cropped: 16 × 16 of 28 × 28 are shown, all are computed.", lines)
        self.open("--preset", "dcgan-1-4")
        captions = [node.text for node in self.browser.find_elements("css selector", ".pictures figcaption")]
        self.assertEqual(captions, ["input (the first 4 of 100 channels)", "output (the first 4 of 256 channels)"])

    def test_prints_the_last_frames(self):
        self.open("--preset", "2x2-stride-1")
        pdf = self.browser.execute_cdp_cmd("Page.printToPDF", {})["data"]
        self.assertGreater(len(pdf), 10_000)
        for section, title in METHODS.items():
            self.assertEqual(table_numbers(self.browser, section, title), "0 0 1 0 4 6 4 12 9".split())
