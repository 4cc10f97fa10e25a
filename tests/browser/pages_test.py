#!/usr/bin/env python3
"""pages_test.py BIN_FOLDER: the programs' pages in a headless Chromium."""
import pathlib
import sys
import unittest

import explain_pages_test

if __name__ == "__main__":
    explain_pages_test.ExplainPages.tconv = pathlib.Path(sys.argv.pop(1)).resolve() / "tconv"
    from explain_pages_test import ExplainPages  # noqa: F401: unittest finds it here

    unittest.main()
