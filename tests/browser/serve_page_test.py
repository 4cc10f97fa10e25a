"""dcgan serve's page: sliders and button redraw the picture."""
import json
import pathlib
import re
import subprocess
import tempfile

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from browser import PageTest, check_look, find, set_width


class ServedPage(PageTest):
    """A page that is served, of a generator that has hardly been trained."""

    training = ()  # more options of dcgan train

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        run = pathlib.Path(folder.name) / "run"
        data = pathlib.Path(__file__).parents[2] / "data" / "mnist"
        options = "--steps 20 --base-channels 4 --latent 12 --threads 1 --evaluate-every 0 --quiet"
        subprocess.run([cls.programs / "dcgan", "train", "--data", data, *options.split(), *cls.training, "--out", run],
                       check=True, stdout=subprocess.DEVNULL)
        cls.checkpoint = run / "checkpoint.safetensors"

    def setUp(self):
        command = [self.programs / "dcgan", "serve", "--checkpoint", self.checkpoint, "--port", "0"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        set_width(self.browser, 1100)
        self.browser.get_log("browser")
        self.browser.get(self.server.stdout.readline().split()[0])
        self.wait_for(lambda shown: shown["seed"] == 1)

    def stop(self):
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0)
        self.server.stdout.close()

    def wait_for(self, holds):
        """Waits until the picture is of a request of which that holds."""
        def is_there(browser):
            shown = find(browser, "#picture").get_attribute("data-shown")
            return shown and holds(json.loads(shown))
        WebDriverWait(self.browser, 20, poll_frequency=0.02).until(is_there)

    def pixels(self):
        return self.browser.execute_script(
            """const picture = document.getElementById('picture'), canvas = document.createElement('canvas');
               canvas.width = picture.naturalWidth;
               canvas.height = picture.naturalHeight;
               canvas.getContext('2d').drawImage(picture, 0, 0);
               return canvas.toDataURL();""")


class ServePage(ServedPage):
    def test_looks(self):
        self.assertEqual(self.browser.get_log("browser"), [])
        addresses = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)")
        own = self.browser.current_url
        self.assertEqual([a for a in addresses if not a.startswith((own, "blob:" + own, "data:"))], [])
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, "input[type=range]")), 10)
        self.assertEqual(self.browser.find_elements(By.CSS_SELECTOR, "input:not([id]), img:not([alt])"), [])
        check_look(self, self.browser)

    def test_sliders_and_reset_redraw(self):
        first = self.pixels()
        slider = find(self.browser, "#direction-2")
        slider.send_keys(Keys.END)
        self.wait_for(lambda shown: shown["directions"][1] == 6 and shown["seed"] == 1)
        self.assertNotEqual(self.pixels(), first)
        self.assertEqual(find(self.browser, "output[for=direction-2]").text, "6.0")
        for _ in range(30):  # faster than it draws
            slider.send_keys(Keys.ARROW_LEFT)
        self.wait_for(lambda shown: shown["directions"][1] == 3)
        find(self.browser, "#reset").click()
        self.wait_for(lambda shown: not any(shown["directions"]))
        self.assertEqual(self.pixels(), first)
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_new_digit_redraws(self):
        first, old = self.pixels(), find(self.browser, "#seed").get_attribute("value")
        button = find(self.browser, "#new")
        self.assertEqual(button.text, "New digit")
        button.click()
        seed = int(find(self.browser, "#seed").get_attribute("value"))
        self.assertNotEqual(seed, int(old))
        self.wait_for(lambda shown: shown["seed"] == seed)
        self.assertNotEqual(self.pixels(), first)
        self.assertIn(f"dcgan sample --count 1 --seed {seed}", find(self.browser, "#caption").text)
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_many_at_once(self):
        Select(find(self.browser, "#count")).select_by_value("16")
        self.wait_for(lambda shown: shown["count"] == 16)
        self.assertEqual(find(self.browser, "#picture").get_property("naturalWidth"), 4 * 28 + 5 * 2)

    def test_knows_no_classes(self):
        self.assertFalse(find(self.browser, "#label").is_displayed())

    def test_says_when_the_server_is_gone(self):
        self.server.terminate()
        self.server.wait()
        find(self.browser, "#new").click()
        WebDriverWait(self.browser, 20).until(
            lambda browser: re.search("does not answer", find(browser, "#message").text))


class ServePageOfLabels(ServedPage):
    training = ("--conditional",)

    def test_a_class_is_drawn(self):
        self.wait_for(lambda shown: shown["label"] == 1)  # any: that of the seed
        Select(find(self.browser, "#label")).select_by_value("7")
        self.wait_for(lambda shown: shown["label"] == 7)
        self.assertIn("--count 1 --seed 1 --label 7", find(self.browser, "#caption").text)
        Select(find(self.browser, "#label")).select_by_value("")
        Select(find(self.browser, "#count")).select_by_value("16")
        self.wait_for(lambda shown: shown["count"] == 16 and "label" not in shown)
        self.assertEqual(find(self.browser, "#picture").get_property("naturalWidth"), 10 * 28 + 11 * 2)
        self.assertEqual(self.browser.get_log("browser"), [])
