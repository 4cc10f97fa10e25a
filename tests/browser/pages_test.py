#!/usr/bin/env python3
"""pages_test.py BIN_FOLDER: the programs' pages in a headless Chromium; unittest's options after it."""
import pathlib
import sys
import unittest

from browser import PageTest

PageTest.programs = pathlib.Path(sys.argv.pop(1)).resolve()
names = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*_page*_test.py"))
unittest.main(module=None, argv=[sys.argv[0], *sys.argv[1:], *names])
