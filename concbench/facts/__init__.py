"""What the tutorial says of behaviour: a module a topic, a function a fact, which says what it saw."""
