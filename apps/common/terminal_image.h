// Pictures in a terminal: kitty's graphics protocol, sixel, or half blocks in 24-bit colour.
#pragma once

#include <functional>
#include <string>

#include <wisp/core/tensor.h>

namespace wisp::apps {

enum class TerminalGraphics { none, half_blocks, sixel, kitty };

/// The best that a terminal is known to have, by the environment that `variable` looks names up in (std::getenv, say):
/// - kitty: KITTY_WINDOW_ID, TERM=xterm-kitty or xterm-ghostty, TERM_PROGRAM=WezTerm or ghostty;
/// - sixel: TERM=foot, mlterm, contour or yaft-256color, TERM_PROGRAM=mintty or iTerm.app;
/// - half blocks: COLORTERM=truecolor or 24bit, unless NO_COLOR (no-color.org) is set and not empty.
/// Within tmux and screen, which keep variables of a terminal whose graphics do not come through, it is half blocks at
/// most; with TERM=dumb or without TERM nothing. The terminal itself is not asked.
TerminalGraphics terminal_graphics(const std::function<const char*(const char*)>& variable);

/// Pictures are u8 (H, W, C), C = 1 (grey) or 3 (RGB). Each text below shows one at the cursor, its lines ended by \n,
/// and leaves the cursor at the start of a line.

/// Upper half blocks, U+2580: a line shows two lines of pixels, the upper in the foreground's colour, the lower in the
/// background's; below the last of an odd number there is nothing.
std::string half_blocks(const Tensor& picture);

/// Transmitted as PNG, in base64 cut into pieces of 4096 characters; the terminal is told not to answer. Source:
/// sw.kovidgoyal.net/kitty/graphics-protocol.
std::string kitty_image(const Tensor& picture);

/// Encoded by libsixel, for pictures of at least six lines. Shades of grey are those of a hundred that are nearest;
/// colours become up to 256, chosen with five bits to each channel. Source: DEC, "VT330/VT340 programmer reference
/// manual", volume 2, chapter 14.
std::string sixel_image(const Tensor& picture);

}  // namespace wisp::apps
