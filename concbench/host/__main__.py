"""The host's main module. Spawned children import it again, so it holds nothing."""

if __name__ == "__main__":
    from concbench.host.server import serve

    serve()
