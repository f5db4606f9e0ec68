"""The words of concbench as frozen dataclasses: plain data, standard library only.

Everywhere: times are seconds, sizes are bytes, ratios are plain factors. Inside and outside share these modules: a host
reads the fields of a `Case` and answers with figures, the outside writes all of it into the run document.
"""
