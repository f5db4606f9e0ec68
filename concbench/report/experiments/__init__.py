"""How the results of each experiment are shown: its nouns, title and columns, one file for each experiment."""
