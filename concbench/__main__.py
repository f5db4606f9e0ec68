"""`python -m concbench` is the `concbench` command."""

from concbench.cli.main import main

if __name__ == "__main__":
    main()
