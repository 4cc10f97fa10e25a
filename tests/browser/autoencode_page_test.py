"""tconv autoencode's page: every layer is drawn, and the arrow keys choose the digit."""
from selenium.webdriver.common.keys import Keys

from browser import PageTest, find


class AutoencodePage(PageTest):
    def maps(self):
        return self.browser.execute_script(
            "return [...document.querySelectorAll('.row img')].map((image) => image.src)")

    def test_layers_of_every_digit(self):
        self.open_page_of("tconv", "autoencode", "--steps", "30", "--quiet")
        names = [code.text for code in self.browser.find_elements("css selector", "figcaption code")]
        self.assertEqual([name.split("(")[0] for name in names],
                         ["Conv2d", "BatchNorm2d", "ReLU"] * 2 + ["ConvTranspose2d", "BatchNorm2d", "ReLU",
                                                                  "ConvTranspose2d", "Sigmoid"])
        seen = [self.maps()]
        self.assertEqual(len(seen[0]), 12)
        radio = find(self.browser, "input[type=radio]")
        for _ in range(9):
            radio.send_keys(Keys.ARROW_RIGHT)
            radio = self.browser.switch_to.active_element
            seen.append(self.maps())
        for position in range(12):
            self.assertEqual(len({maps[position] for maps in seen}), 10, "ten digits, ten pictures")
        self.assertEqual(self.browser.get_log("browser"), [])
