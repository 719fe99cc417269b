"""Events told to people: messages planned by rules, kept in an outbox, sent at least once under one key."""
