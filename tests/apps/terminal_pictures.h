// The pictures in what a program has sent to a terminal.
#pragma once

#include <cstdint>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wisp::testing {

struct TerminalPicture {
  std::int64_t height = 0, width = 0;
  std::vector<int> rgb = {};  ///< row-major
};

/// Of all lines of half blocks in the text; other lines do not matter.
inline TerminalPicture parse_half_blocks(const std::string& text) {
  const std::regex cell("\033\\[38;2;(\\d+);(\\d+);(\\d+)(;48;2;(\\d+);(\\d+);(\\d+))?m\u2580");
  TerminalPicture picture;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    std::vector<int> upper, lower;
    for (std::sregex_iterator at(line.begin(), line.end(), cell), none; at != none; ++at) {
      for (int i = 1; i <= 3; ++i) upper.push_back(std::stoi((*at)[i]));
      for (int i = 5; i <= 7 && (*at)[4].matched; ++i) lower.push_back(std::stoi((*at)[i]));
    }
    if (upper.empty()) continue;
    const auto width = static_cast<std::int64_t>(upper.size()) / 3;
    EXPECT_TRUE(picture.width == 0 || picture.width == width) << "a line of another length";
    EXPECT_TRUE(lower.empty() || lower.size() == upper.size());
    picture.width = width;
    picture.height += lower.empty() ? 1 : 2;
    picture.rgb.insert(picture.rgb.end(), upper.begin(), upper.end());
    picture.rgb.insert(picture.rgb.end(), lower.begin(), lower.end());
  }
  return picture;
}

struct KittyPicture {
  std::vector<std::string> controls = {};  ///< of each piece
  std::vector<std::size_t> pieces = {};    ///< their characters
  std::string png = "";
};

/// Of all pieces in the text: ESC _ G controls ; base64 ESC backslash.
inline KittyPicture parse_kitty(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  KittyPicture picture;
  std::string content;
  for (std::size_t at = 0; (at = text.find("\033_G", at)) != std::string::npos;) {
    const std::size_t middle = text.find(';', at), end = text.find("\033\\", at);
    if (middle == std::string::npos || end == std::string::npos) {
      ADD_FAILURE() << "a piece has no end";
      break;
    }
    picture.controls.push_back(text.substr(at + 3, middle - at - 3));
    picture.pieces.push_back(end - middle - 1);
    content += text.substr(middle + 1, end - middle - 1);
    at = end;
  }
  EXPECT_EQ(content.size() % 4, 0u);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : content) {
    if (c == '=') break;
    EXPECT_NE(digits.find(c), std::string::npos) << c;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    count += 6;
    if (count >= 8) picture.png += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return picture;
}

/// ESC P numbers q, then "aspect;aspect;width;height, colours #n;2;r;g;b in percent, #n chooses one, !count repeats, a
/// character from ? on is six pixels below one another, $ goes back to the left, - to the next six lines; ESC
/// backslash.
inline TerminalPicture parse_sixel(const std::string& text) {
  TerminalPicture picture;
  std::size_t at = text.find("\033P");
  const std::size_t end = text.find("\033\\");
  EXPECT_NE(at, std::string::npos);
  EXPECT_NE(end, std::string::npos);
  at = text.find('q', at) + 1;
  const auto numbers = [&] {
    std::vector<int> result;
    do {
      std::size_t digits = 0;
      result.push_back(std::stoi(text.substr(at), &digits));
      at += digits;
    } while (text[at] == ';' && ++at > 0);
    return result;
  };
  std::map<int, std::vector<int>> colours;
  int colour = 0, repeat = 1;
  std::int64_t x = 0, y = 0;
  while (at < end) {
    const char c = text[at++];
    if (c == '"') {
      const std::vector<int> size = numbers();
      picture.width = size.at(2);
      picture.height = size.at(3);
      picture.rgb.assign(static_cast<std::size_t>(3 * picture.width * picture.height), -1);
    } else if (c == '#') {
      const std::vector<int> given = numbers();
      colour = given[0];
      if (given.size() == 5) {
        EXPECT_EQ(given[1], 2);
        colours[colour] = {given[2], given[3], given[4]};
      }
    } else if (c == '!') {
      repeat = numbers()[0];
    } else if (c == '$') {
      x = 0;
    } else if (c == '-') {
      x = 0;
      y += 6;
    } else if (c >= '?' && c <= '~') {
      for (; repeat > 0; --repeat, ++x)
        for (int bit = 0; bit < 6; ++bit)
          if ((c - '?') >> bit & 1)
            for (std::size_t i = 0; i < 3; ++i)
              picture.rgb.at(static_cast<std::size_t>(3 * ((y + bit) * picture.width + x)) + i) =
                  colours.at(colour).at(i) * 255 / 100;
      repeat = 1;
    }
  }
  return picture;
}

}  // namespace wisp::testing
