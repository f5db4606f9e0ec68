"""Downloads by a pool of two processes, which wait for the server; the first argument is the server's port."""

import sys
from multiprocessing import Pool
from urllib.request import urlopen

PAGES = 60


def fetch(url):
    with urlopen(url) as answer:
        return len(answer.read())


def main(port):
    with Pool(2) as pool:
        return sum(pool.map(fetch, [f"http://127.0.0.1:{port}/{page}" for page in range(PAGES)], chunksize=1))


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
