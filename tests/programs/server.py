"""A local server that answers every request after some time: the port is printed first."""

import asyncio
import sys


async def answer(reader, writer, delay):
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(delay)
    writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1000)
    await writer.drain()
    writer.close()


async def serve(delay):
    server = await asyncio.start_server(lambda reader, writer: answer(reader, writer, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
