"""Carries out what a command asks for: which cases, in which blocks, until when; and assembles the run."""
