"""Statements about behaviour: one module a topic, one function a fact, which returns what it observed."""
