"""A headless Chromium, and what every page must do in it."""
import pathlib
import subprocess
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By


def open_browser():
    options = webdriver.ChromeOptions()
    # A container's root user has no sandbox and little shared memory.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def set_width(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})


def set_scheme(browser, scheme):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def press(browser, *keys):
    """Presses keys where the focus is."""
    browser.switch_to.active_element.send_keys(*keys)


def check_page(test, browser, path):
    """Opens a page from disk: no console error, no network, no horizontal scroll at 400 pixels, light and dark."""
    browser.get_log("browser")
    set_width(browser, 1100)
    browser.get(f"file://{path}")
    test.assertEqual(browser.get_log("browser"), [])
    resources = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    test.assertEqual([name for name in resources if not name.startswith("data:")], [])
    broken = browser.execute_script("return [...document.images].filter((i) => i.src && !i.naturalWidth).map((i) => i.id)")
    test.assertEqual(broken, [], "pictures that do not load")
    check_look(test, browser)


def check_look(test, browser):
    """The open page has a light and a dark look, and nothing sticks out at 400 pixels."""
    grounds = []
    for scheme in ("light", "dark"):
        set_scheme(browser, scheme)
        grounds.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    test.assertNotEqual(*grounds)
    set_scheme(browser, "light")
    check_width(test, browser)


def check_width(test, browser):
    """Nothing sticks out of a window 400 pixels wide; wide tables scroll by themselves."""
    set_width(browser, 400)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    set_width(browser, 1100)
    test.assertLessEqual(wide, 400)


def table_numbers(browser, section, title):
    """The numbers in the tables of a grid, channel after channel."""
    return browser.execute_script(
        """return [...document.getElementById(arguments[0]).querySelectorAll('table')]
             .filter((table) => table.dataset.title === arguments[1])
             .flatMap((table) => [...table.querySelectorAll('td')].map((cell) => cell.textContent));""",
        section, title)


def find(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


class PageTest(unittest.TestCase):
    """Tests of the pages that a program writes."""

    programs = None  # their folder; pages_test.py sets it

    @classmethod
    def setUpClass(cls):
        cls.browser = open_browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def open_page_of(self, program, *options):
        """Runs the program into a folder of its own and opens the page."""
        out = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        subprocess.run([self.programs / program, *options, "--out", out], check=True, stdout=subprocess.DEVNULL)
        check_page(self, self.browser, out / "index.html")
