"""tconv upsample's page: the sliders and the pointer move the details."""
import pathlib

from selenium.webdriver.common.keys import Keys

from browser import PageTest, find

PICTURE = pathlib.Path(__file__).parents[2] / "docs" / "digits.png"


class UpsamplePage(PageTest):
    def details(self):
        return self.browser.execute_script(
            "return [...document.querySelectorAll('[data-detail]')].map((image) => image.src)")

    def test_details_follow(self):
        self.open_page_of("tconv", "upsample", "--image", PICTURE, "--steps", "20")
        first = self.details()
        self.assertEqual(len(first), 6)
        self.assertEqual(len(self.browser.find_elements("css selector", "#errors tbody tr")), 5)
        find(self.browser, "#left").send_keys(*[Keys.ARROW_LEFT] * 9)
        moved = self.details()
        self.assertTrue(all(a != b for a, b in zip(first, moved)))
        find(self.browser, "#left").send_keys(*[Keys.ARROW_RIGHT] * 9)
        find(self.browser, "#map").click()
        self.assertNotEqual(self.details(), moved)
        self.assertEqual(self.browser.get_log("browser"), [])
