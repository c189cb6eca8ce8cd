# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m core VERB`: see cli.py; `python -m core serve`: see engine.py."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        from .engine import serve

        sys.exit(serve())
    from .cli import main

    sys.exit(main(sys.argv[1:]))
