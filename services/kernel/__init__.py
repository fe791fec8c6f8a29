"""What every slice stands on: scope, unit of work, clock, ids, money, errors, outbox, timers, vault, ports."""
