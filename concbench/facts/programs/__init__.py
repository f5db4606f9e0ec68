"""Small programs such as a reader of the original tutorial writes, run as files and never imported by concbench."""
