"""Fetch a page, and count its links."""

import re
import time

HTML = '<p><a href="/next">A page that stands for any other</a></p>' * 500


def links(page):
    """Wait as for a server, then search the page."""
    time.sleep(0.02)
    return len(re.findall(r'href="([^"]+)"', HTML))
