"""Tables and sentences from run documents."""
