"""Downloads by threads, which wait for the server; the arguments are the server's port, and how many threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

PAGES = 60


def fetch(url):
    with urlopen(url) as answer:
        return len(answer.read())


def main(port, threads):
    with ThreadPoolExecutor(threads) as executor:
        return sum(executor.map(fetch, [f"http://127.0.0.1:{port}/{page}" for page in range(PAGES)]))


if __name__ == "__main__":
    print(main(int(sys.argv[1]), int(sys.argv[2])))
