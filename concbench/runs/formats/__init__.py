"""Other tools' formats, one module each: `document` writes a run in it, `read` reads the tool's own files.

`concbench.runs.export.FORMATS` and `concbench.runs.foreign.READERS` name the modules.
"""
