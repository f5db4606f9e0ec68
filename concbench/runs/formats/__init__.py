"""The formats of other tools: each module writes one, and those of tools that measure read theirs, too."""
