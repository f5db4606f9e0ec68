"""Records the tasks of programs that were not written for concbench: who ran each, when, and what it cost.

A program is started with a folder of ours first on its PYTHONPATH, whose `sitecustomize` puts the instruments into the
interpreter before the program's first line (`hook/`). From there they follow the program into every process that it
starts: a forked one inherits them, and any other Python is started the same way (`launches.py`). Each process writes
into files of its own in the folder of the trace (`recorder.py`).
"""
