"""dcgan report's page: the slider moves the samples, every row of the log is a point, the pointer reads values, dragging
zooms; one run, several, and one that has only begun."""
import csv
import gzip
import pathlib
import random
import struct
import subprocess
import tempfile

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from browser import PageTest, check_page, check_width, find, set_scheme

# How many numbers every chart draws, by chart and curve.
POINTS = """return Object.fromEntries(charts.map(({spec, graph}) => [spec.title, Object.fromEntries(
  spec.series.map((series, k) => [series.label,
    [...Array(graph.numRows()).keys()].filter((row) => graph.getValue(row, k + 1) !== null).length]))]))"""
RANGES = "return charts.map(({graph}) => graph.xAxisRange())"
GRIDS = "return [...document.querySelectorAll('#grids img')].map((image) => image.src)"


def write_data(folder, count=64):
    folder.mkdir()
    pixels = random.Random(1).randbytes(count * 28 * 28)
    with gzip.open(folder / "train-images-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">IIII", 0x803, count, 28, 28) + pixels)


def read_log(run):
    with (run / "log.csv").open() as file:
        return list(csv.DictReader(file))


def rewrite_log(run, change):
    """Calls change(row), a dictionary of text, for every row of the log."""
    rows = read_log(run)
    for row in rows:
        change(row)
    with (run / "log.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows


class ReportPage(PageTest):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        write_data(self.folder / "data")

    def run_dcgan(self, *options):
        subprocess.run([self.programs / "dcgan", *options], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def train(self, name, *options):
        self.run_dcgan("train", "--quiet", "--base-channels", "2", "--latent", "4", "--batch", "8", "--threads", "1",
                       "--data", "data", "--out", name, *options)
        return self.folder / name

    def open_report(self, *runs):
        self.run_dcgan("report", *runs, "--out", "page.html")
        check_page(self, self.browser, self.folder / "page.html")

    def drag_across(self, plot, begin, end):
        """Drags across a chart, from one share of its width to another."""
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        width = plot.size["width"]
        ActionChains(self.browser, duration=20).move_to_element_with_offset(plot, int((begin - 0.5) * width), 0) \
            .click_and_hold().move_by_offset(int((end - begin) * width), 0).release().perform()

    def test_a_run(self):
        run = self.train("mine", "--steps", "400")  # 8 steps an epoch: 50 of them
        def collapse(row):
            if int(row["step"]) > 320:
                row["spread"] = str(0.05 * float(row["spread_real"]))
            if int(row["step"]) % 100 == 0:
                row.update(fid=str(9 - int(row["step"]) / 100), kid="0.1", **{"is": "9"}, digit_kl="0.01", precision="0.9",
                           recall="0.8", density="1", coverage="0.7", confident="0.9", checkerboard="1")
        rows = rewrite_log(run, collapse)
        self.open_report("mine")
        points = self.browser.execute_script(POINTS)
        self.assertEqual(points["Losses"], {name: len(rows) for name in ("D, real images", "D, generated", "G")})
        for title in ("Gradients", "How real the images look to D", "What D tells right", "Spread", "Speed"):
            self.assertEqual(set(points[title].values()), {len(rows)}, title)
        self.assertEqual(points["FID"], {"FID": 4})
        self.assertEqual(len(self.browser.find_elements("css selector", "#figures tbody tr")), 5)
        self.assertIn("other images", find(self.browser, "#floor-missing").text)
        self.assertEqual(len(self.browser.find_elements("css selector", "#pairs figure")), 16)
        self.assertIn("dcgan train --out runs/again", find(self.browser, "#repeat pre").text)

        with self.subTest("slider"):
            last, = self.browser.execute_script(GRIDS)
            slider = find(self.browser, "#time")
            self.assertEqual(slider.get_attribute("max"), "49")
            slider.send_keys(Keys.HOME)
            first, = self.browser.execute_script(GRIDS)
            self.assertNotEqual(first, last)
            self.assertEqual(find(self.browser, "#moment").text, "step 8")
            slider.send_keys(*[Keys.ARROW_RIGHT] * 24)
            self.assertEqual(find(self.browser, "#moment").text, "step 200")
            self.assertIn("epoch 25", find(self.browser, "#grids figcaption").text)
            self.assertNotIn(self.browser.execute_script(GRIDS)[0], (first, last))

        with self.subTest("pointer"):
            chart = self.browser.find_elements("css selector", "#log-charts .chart")[0]
            plot = chart.find_element("css selector", ".plot")
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
            x, row = self.browser.execute_script(
                """const {graph} = charts.find(({spec}) => spec.title === "Losses");
                   return [graph.toDomXCoord(graph.getValue(20, 0)), 20]""")
            ActionChains(self.browser, duration=20).move_to_element_with_offset(
                plot, int(x - plot.size["width"] / 2), 0).perform()
            text = chart.find_element("css selector", ".values").text
            self.assertIn(f"step {rows[row]['step']}", text)
            self.assertIn(f"G {float(rows[row]['g_loss']):.3g}".replace("-", "−"), text)

        with self.subTest("zoom"):
            whole = self.browser.execute_script(RANGES)
            self.drag_across(plot, 0.4, 0.7)
            zoomed = self.browser.execute_script(RANGES)
            for before, after in zip(whole, zoomed):
                self.assertLess(after[1] - after[0], 0.5 * (before[1] - before[0]))
                self.assertEqual(after, zoomed[0], "all charts together")
            find(self.browser, "#whole").click()
            self.assertEqual(self.browser.execute_script(RANGES), whole)

        with self.subTest("alarms"):
            alarm = find(self.browser, "#alarms li").text
            self.assertIn("the generator collapses", alarm)
            marks = self.browser.find_elements("css selector", "#log-charts .dygraph-annotation.alarm")
            self.assertEqual([mark.get_attribute("title") for mark in marks], [alarm] * 6, "in every chart")

        with self.subTest("a click goes to that moment"):
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
            ActionChains(self.browser, duration=20).move_to_element_with_offset(
                plot, int(x - plot.size["width"] / 2), 0).click().perform()
            self.assertLessEqual(abs(int(find(self.browser, "#moment").text.split()[1]) - int(rows[row]["step"])), 8)

        with self.subTest("across and smooth"):
            Select(find(self.browser, "#across")).select_by_value("minutes")
            self.assertLess(self.browser.execute_script(RANGES)[0][1], 10)
            self.assertEqual(self.browser.execute_script(POINTS), points)
            Select(find(self.browser, "#smooth")).select_by_value("5")
            mean = sum(float(row["g_loss"]) for row in rows[16:21]) / 5
            self.assertAlmostEqual(self.browser.execute_script(
                "return charts.find(({spec}) => spec.title === 'Losses').graph.getValue(20, 3)"), mean)

        with self.subTest("colours follow the scheme"):
            colours = []
            for scheme in ("light", "dark"):
                set_scheme(self.browser, scheme)
                colours.append(self.browser.execute_async_script(  # the page is told when the next frame is drawn
                    "requestAnimationFrame(() => requestAnimationFrame(() => "
                    "arguments[0](charts[0].graph.getOption('axisLineColor'))))"))
            self.assertNotEqual(*colours)
        self.assertEqual(self.browser.get_log("browser"), [])
        check_width(self, self.browser)

    def test_floor(self):
        self.run_dcgan("train", "--quiet", "--base-channels", "2", "--latent", "4", "--batch", "8", "--threads", "1",
                       "--steps", "20", "--evaluate-every", "0", "--out", "digits")
        rewrite_log(self.folder / "digits", lambda row: row.update(
            fid="7", kid="0.1", **{"is": "9"}, digit_kl="0.01", precision="0.9", recall="0.8", density="1", coverage="0.7",
            confident="0.9", checkerboard="1"))
        self.open_report("digits")
        self.assertEqual(find(self.browser, "#floor-missing").text, "")
        line, end = self.browser.execute_script(
            "const {graph} = charts[0]; return [graph.getValue(0, 2), graph.getValue(graph.numRows() - 1, 2)]")
        self.assertEqual(line, end)
        self.assertTrue(0.5 < line < 3, line)  # docs/quality.md: 1.25
        self.assertIn(f"floor {line:.3g}", find(self.browser, "#judged-charts .values").text)

    def test_comparison(self):
        self.train("a", "--steps", "40")
        self.train("b", "--steps", "60", "--seed", "2", "--loss", "bce")
        rows = {name: read_log(self.folder / name) for name in "ab"}
        self.open_report("a", "b")
        points = self.browser.execute_script(POINTS)
        self.assertEqual(points["Losses: G"], {name: len(rows[name]) for name in "ab"})
        self.assertEqual(points["Speed"], {name: len(rows[name]) for name in "ab"})
        self.assertEqual(len(self.browser.execute_script(GRIDS)), 2)
        find(self.browser, "#time").send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * 2)
        captions = [caption.text for caption in self.browser.find_elements("css selector", "#grids figcaption")]
        self.assertEqual(captions, ["a: epoch 3, step 24", "b: epoch 3, step 24"])
        differing = [row.text for row in self.browser.find_elements("css selector", "#config tr.differs th")]
        self.assertEqual(differing, ["loss", "seed", "steps"])
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_a_run_that_has_only_begun(self):
        run = self.train("new", "--steps", "1")
        rewrite_log(run, lambda row: None)
        (run / "log.csv").write_text((run / "log.csv").read_text().splitlines(keepends=True)[0])
        for grid in (run / "samples").iterdir():
            grid.unlink()
        self.open_report("new")
        self.assertIn("no rows yet", find(self.browser, "#notes").text)
        self.assertIn("no samples yet", find(self.browser, "#drawn-text").text)
        self.assertEqual(self.browser.execute_script(POINTS), {})
