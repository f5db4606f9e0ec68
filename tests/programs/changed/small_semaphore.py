"""A scraper whose semaphore lets more requests through at a time; the arguments are the server's port, and how many."""

import asyncio
import sys

REQUESTS = 60


async def fetch(port, page):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /{page} HTTP/1.0\r\n\r\n".encode())
    await writer.drain()
    body = await reader.read()
    writer.close()
    await writer.wait_closed()
    return len(body)


async def scrape(port, places):
    limit = asyncio.Semaphore(places)

    async def limited(page):
        async with limit:
            return await fetch(port, page)

    return sum(await asyncio.gather(*(limited(page) for page in range(REQUESTS))))


if __name__ == "__main__":
    print(asyncio.run(scrape(int(sys.argv[1]), int(sys.argv[2]))))
