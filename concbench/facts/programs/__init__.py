"""Small programs such as a reader of the tutorial writes, run as files and never imported by concbench."""
